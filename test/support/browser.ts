import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { HtmlValidate } from 'html-validate';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findProgram } from './find-program.ts';

/** The folder for screenshots. */
export const artefacts = join(import.meta.dirname, '../artefacts');

/** The browser's path, or null. Without a browser its tests are skipped, and `npm test` says so. */
export const browserPath = findProgram('chromium', 'chromium-browser', 'google-chrome');

/** Opens Debian's chromium without its own network requests. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  });
}

/** The phone and desktop sizes of screenshots. */
export const sizes = { phone: { width: 360, height: 740 }, desk: { width: 1100, height: 800 } } as const;

/** Opens a tab with a fresh browser context. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: sizes.phone, ...options });
  return context.newPage();
}

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // Templates print the HTML; its formatting does not matter.
    'no-trailing-whitespace': 'off',
    'void-style': 'off',
    'attribute-boolean-style': 'off',
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

/** The findings of axe on the page of a tab (WCAG 2.2 A and AA, and best practice), one line each. */
export async function findBarriers(tab: Page): Promise<string[]> {
  // The page's own policy forbids inline scripts, so the debugger injects axe.
  const session = await tab.context().newCDPSession(tab);
  await session.send('Runtime.evaluate', { expression: axe.source });
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(
      violations.map(({ id, help, nodes }) => id + ': ' + help + ' at ' + nodes.map(({ target }) => target).join(' | '))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return JSON.parse(String(result.value));
}

/** The elements that overflow the page to the right at the tab's current width. */
export async function findOverflow(tab: Page): Promise<string[]> {
  return tab.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .map((element) => element.tagName.toLowerCase() + '.' + element.className)
      .slice(0, 5);
  })()`);
}

/** Saves screenshots of the page in phone and desktop size. */
export async function takePictures(tab: Page, name: string): Promise<void> {
  mkdirSync(artefacts, { recursive: true });
  const before = tab.viewportSize();
  for (const [size, viewport] of Object.entries(sizes)) {
    await tab.setViewportSize(viewport);
    await tab.screenshot({ path: join(artefacts, `${name}-${size}.png`), fullPage: true });
  }
  if (before) await tab.setViewportSize(before);
}
