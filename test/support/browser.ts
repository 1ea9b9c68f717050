import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { HtmlValidate } from 'html-validate';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findProgram } from './find-program.ts';

/** The folder for screenshots. */
export const artefacts = join(import.meta.dirname, '../artefacts');

/**
 * The browser's path, or null. Without a browser its tests are skipped, and `npm test` says so. Debian's shell without
 * windows is chromium all the same, and opens a tab in a fifth of the processor time.
 */
export const browserPath = findProgram(
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
);

/** Opens Debian's chromium without its own network requests. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  });
}

/** A small phone: what fits there fits elsewhere. */
const smallPhone = { width: 360, height: 740 };
/** The phone and desktop sizes of screenshots. */
const sizes = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };

/** Opens a tab with a fresh browser context. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: smallPhone, ...options });
  return context.newPage();
}

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // Templates print the HTML; its formatting does not matter.
    'no-trailing-whitespace': 'off',
    'void-style': 'off',
    'attribute-boolean-style': 'off',
    'attribute-empty-style': 'off',
    'long-title': 'off',
    // A group of checkboxes is one field with several values.
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'submit'] }],
    'no-inline-style': 'error',
  },
});

/** The faults of a page's HTML, one line each. */
export async function findHtmlFaults(html: string): Promise<string[]> {
  const { results } = await validator.validateString(html);
  return results.flatMap(({ messages }) =>
    messages.map(({ line, ruleId, message }) => `line ${line}: ${message} (${ruleId})`),
  );
}

/**
 * The findings of axe on the page of a tab (WCAG 2.2 A and AA, and best practice), one line each; with `colors` only those
 * of its rules about colors.
 */
export async function findBarriers(tab: Page, rules: 'all' | 'colors' = 'all'): Promise<string[]> {
  // The page's own policy forbids inline scripts, so the debugger injects axe.
  const session = await tab.context().newCDPSession(tab);
  const run = async (expression: string) => {
    const how = { expression, awaitPromise: true, returnByValue: true };
    return (await session.send('Runtime.evaluate', how)).result.value;
  };
  if (!(await run('!!window.axe'))) await run(`${axe.source}; true`);
  const only = rules === 'all' ? '' : `, runOnly: ['color-contrast', 'link-in-text-block']`;
  const found = await run(
    `axe.run(document, { resultTypes: ['violations']${only} }).then(({ violations }) => JSON.stringify(
      violations.map(({ id, help, nodes }) => id + ': ' + help + ' at ' + nodes.map(({ target }) => target).join(' | '))))`,
  );
  await session.detach();
  return JSON.parse(String(found));
}

/**
 * The faults in how a page looks, one line each: barriers and overflow, here and on a desktop. A dark page may differ from the light one in its
 * colors alone, so only the rules about colors run again.
 */
export async function findLookFaults(tab: Page, name: string): Promise<string[]> {
  const readWords = () => tab.evaluate<string>('document.body.innerText');
  const faults = await findBarriers(tab);
  for (const element of await findOverflow(tab)) faults.push(`${element} juts out`);
  const before = tab.viewportSize();
  await tab.setViewportSize(sizes.desk);
  for (const element of await findOverflow(tab)) faults.push(`${element} juts out of a desktop`);
  if (before) await tab.setViewportSize(before);
  const words = await readWords();
  await tab.emulateMedia({ colorScheme: 'dark' });
  for (const barrier of await findBarriers(tab, 'colors')) faults.push(`in dark: ${barrier}`);
  if ((await readWords()) !== words) faults.push('in dark it shows other words');
  await tab.emulateMedia({ colorScheme: 'light' });
  return faults.map((fault) => `${name}: ${fault}`);
}

/** The elements that overflow the page to the right at the tab's current width, by their box or by their text. */
export async function findOverflow(tab: Page): Promise<string[]> {
  return tab.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.body.querySelectorAll('*')]
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return Math.max(right, left + element.scrollWidth) > width + 1;
      })
      .map((element) => element.tagName.toLowerCase() + '.' + element.className)
      .slice(0, 5);
  })()`);
}

/** Saves screenshots of the page, in phone and desktop size, light and dark, when they are asked for (`npm run pictures`). */
export async function takePictures(tab: Page, name: string): Promise<void> {
  if (!process.env.TRIALBELL_PICTURES) return;
  mkdirSync(artefacts, { recursive: true });
  const before = tab.viewportSize();
  for (const [size, viewport] of Object.entries(sizes)) {
    await tab.setViewportSize(viewport);
    for (const colorScheme of ['dark', 'light'] as const) {
      await tab.emulateMedia({ colorScheme });
      const path = join(artefacts, `${name}-${size}${colorScheme === 'dark' ? '-dark' : ''}.png`);
      await tab.screenshot({ path, fullPage: true });
    }
  }
  if (before) await tab.setViewportSize(before);
}
