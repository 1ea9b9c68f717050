import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedTrials } from '../../src/demo/seed-trials.ts';
import { toRecord } from '../../src/demo/study.ts';
import {
  browserPath,
  findBarriers,
  findHtmlFaults,
  findLookFaults,
  openBrowser,
  openTab,
  takePictures,
} from '../support/browser.ts';
import { addLinked } from '../support/ctgov-study.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { study } from '../support/study.ts';
import { openWorld, type World } from '../support/world.ts';

/** Where the visit begins; every link on our own pages is then followed. */
const starts = [
  '/',
  '/trials/NCT09900001',
  '/trials/NCT09900002',
  '/trials/NCT09900001/changes',
  '/conditions/asthma',
  '/about',
  '/api',
  '/follow?trial=NCT09900001&condition=asthma',
  '/search?q=',
  '/search?q=cancer',
];
/** Pages of one kind that differ only in their subject; the first ones represent the rest. */
const ofAKindAtMost = 3;

describe.skipIf(browserPath === null)('every page a visitor can reach, in a browser', () => {
  let world: World;
  let pages: Pages;
  let browser: Browser;
  /** Path to status and source. */
  const visited = new Map<string, { status: number; text: string }>();

  beforeAll(async () => {
    const seeds = seedTrials.map((seed) => toRecord(seed, '2026-11-02'));
    const full = addLinked(study('NCT09900002'));
    // A text without a place to break, wherever a record has free text.
    const unbroken = 'x'.repeat(400);
    const { protocolSection: section } = full;
    section.eligibilityModule.studyPopulation = unbroken;
    section.eligibilityModule.genderDescription = unbroken;
    section.descriptionModule.briefSummary = unbroken;
    section.referencesModule.references[1].citation = unbroken;
    section.ipdSharingStatementModule.description = unbroken;
    section.contactsLocationsModule.locations[0].facility = unbroken;
    section.contactsLocationsModule.locations[0].country = unbroken;
    const first = [study('NCT09900001'), full, ...seeds];
    world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: first }] });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'], conditions: ['asthma', 'leukemia'] });
    world.refresh('2026-11-03T09:00:04', [
      study('NCT09900001', { status: 'SUSPENDED', whyStopped: 'Drug supply', updatedOn: '2026-11-03' }),
      ...first.slice(1),
    ]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    pages = await servePages(world);
    browser = await openBrowser();
    const waiting = [...starts, ...seedTrials.map(({ id }) => `/trials/${id}`)];
    const kinds = new Map<string, number>();
    const isOneTooMany = (path: string) => {
      const kind = kindOf(path);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      return !starts.includes(path) && (kinds.get(kind) ?? 0) > ofAKindAtMost;
    };
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      if (visited.has(path) || isOneTooMany(path)) continue;
      const answer = await pages.get(path);
      const location = answer.headers.get('location');
      if (location) waiting.push(location.replace(pages.url, ''));
      if (!answer.headers.get('content-type')?.startsWith('text/html')) continue;
      visited.set(path, answer);
      // The same pages in other languages have a test of their own.
      for (const [, link = ''] of answer.text.matchAll(/<a\b[^>]*\bhref="(\/[^"#]*)/g))
        if (!/[?;]lang=/.test(link)) waiting.push(link.replaceAll('&amp;', '&'));
    }
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    await world?.close();
  });

  it('leads nowhere that is not there', () => {
    const broken = [...visited]
      .filter(([, { status }]) => status === 404 || status >= 500)
      .map(([path]) => path);
    expect(broken).toEqual([]);
    expect(visited.size).toBeGreaterThan(15);
  });

  it('is valid HTML', async () => {
    const faults: string[] = [];
    for (const [path, { text }] of visited)
      for (const fault of await findHtmlFaults(text)) faults.push(`${path}: ${fault}`);
    expect(faults).toEqual([]);
    expect(await findHtmlFaults('<p><div>no</div></p>')).not.toEqual([]);
  });

  it('has no barrier that axe finds, light and dark, and nothing juts out at 320 pixels', async () => {
    const found: string[] = [];
    const tab = await openTab(browser, { viewport: { width: 320, height: 700 } });
    for (const path of visited.keys()) {
      await tab.goto(pages.url + path);
      found.push(...(await findLookFaults(tab, path)));
      await takePictures(tab, nameOf(path));
    }
    await tab.context().close();
    expect(found).toEqual([]);
  }, 300_000);

  it('speaks Spanish as well: valid, without barriers, said to be Spanish, and nothing juts out or towers', async () => {
    const found: string[] = [];
    const tab = await openTab(browser, { viewport: { width: 320, height: 700 }, locale: 'es' });
    for (const [path = '/'] of Map.groupBy(visited.keys(), kindOf).values()) {
      const answer = await tab.goto(pages.url + path);
      const source = (await answer?.text()) ?? '';
      if (!source.startsWith('<!DOCTYPE html>\n<html lang="es">')) found.push(`${path}: not in Spanish`);
      for (const fault of await findHtmlFaults(source)) found.push(`${path}: ${fault}`);
      found.push(...(await findLookFaults(tab, path)));
      for (const element of await findTowers(tab)) found.push(`${path}: ${element} has too many lines`);
      await takePictures(tab, `es-${nameOf(path)}`);
    }
    await tab.context().close();
    expect(found).toEqual([]);
  }, 300_000);

  it('has its link shared by the device, else copied, and in a field where neither can be', async () => {
    const link = `${world.context.config.baseUrl}/trials/NCT09900001`;
    const open = async (options: BrowserContextOptions = {}, prepare = '') => {
      const tab = await openTab(browser, options);
      await tab.addInitScript(prepare);
      await tab.goto(`${pages.url}/trials/NCT09900001?near=Bergen`);
      return tab;
    };
    const press = (tab: Page) => tab.getByRole('button', { name: 'Share this page' }).click();
    const byDevice = await open({}, 'navigator.share = async (data) => { window.shared = data; };');
    await press(byDevice);
    expect(await byDevice.evaluate('window.shared')).toEqual({ title: await byDevice.title(), url: link });
    const copied = await open(
      { permissions: ['clipboard-read', 'clipboard-write'] },
      'navigator.share = undefined;',
    );
    await press(copied);
    await copied.getByText('Link copied').waitFor();
    expect(await copied.evaluate('navigator.clipboard.readText()')).toBe(link);
    const refused = 'navigator.share = async () => { throw new DOMException("no", "NotAllowedError"); };';
    for (const tab of [await open({}, refused), await open({ javaScriptEnabled: false })]) {
      const isScripted = (await tab.getByRole('button', { name: 'Share this page' }).count()) > 0;
      if (isScripted) await press(tab);
      else await tab.locator('summary', { hasText: 'Share this page' }).click();
      expect(await tab.getByLabel('Link to this page').inputValue()).toBe(link);
      await tab.getByLabel('Link to this page').waitFor();
    }
    expect(await findBarriers(copied)).toEqual([]);
  });

  it('is used with the keyboard alone: from the search to the button that signs up', async () => {
    const tab = await openTab(browser);
    await tab.goto(pages.url);
    await tab.keyboard.press('Tab');
    expect(await focusOf(tab)).toBe('a.skip');
    await tabTo(tab, 'input[name="q"]');
    await tab.keyboard.type('asthma');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/conditions/**');
    await tabTo(tab, 'input[name="email"]');
    await tab.keyboard.type('ann@example.net');
    await tabTo(tab, '#follow button[type="submit"]');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/subscriptions');
    expect(await tab.locator('main').textContent()).toContain('ann@example.net');
    await tab.context().close();
  });

  it('names on paper the address that it is from', async () => {
    const tab = await openTab(browser);
    for (const path of ['/trials/NCT09900001', '/conditions/asthma', '/follow']) {
      await tab.goto(pages.url + path);
      const from = tab.getByText(world.context.config.baseUrl + (path === '/follow' ? '' : path));
      expect([path, await from.isVisible()]).toEqual([path, false]);
      await tab.emulateMedia({ media: 'print' });
      expect([path, await from.isVisible()]).toEqual([path, true]);
      await tab.emulateMedia({ media: null });
    }
    await tab.context().close();
  });

  it('is read in the order in which it is seen', async () => {
    const jumps = [...visited].filter(([, { text }]) => /tabindex="[1-9]/.test(text));
    expect(jumps.map(([path]) => path)).toEqual([]);
  });
});

/** Buttons of more than two lines, and headings and labels of ours of more than four, as the page is shown now. */
function findTowers(tab: Page): Promise<string[]> {
  return tab.evaluate<string[]>(`(() => {
    const most = { 'button, a.button': 2, 'h1, h2, :not(.card) > h3, legend, summary, .field > label': 4 };
    return Object.entries(most).flatMap(([selector, lines]) =>
      [...document.querySelectorAll(selector)]
        .filter((element) => !element.querySelector('[lang], bdi') && element.getClientRects().length > 0)
        .filter((element) => {
          const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(element);
          const height = element.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
          return height > (lines + 0.5) * parseFloat(lineHeight);
        })
        .map((element) => element.tagName.toLowerCase() + ': ' + element.textContent.trim().slice(0, 60)));
  })()`);
}

/** Where the keyboard is. */
function focusOf(tab: Page): Promise<string> {
  return tab.evaluate<string>(
    `document.activeElement.tagName.toLowerCase() + (document.activeElement.className ? '.' + document.activeElement.className : '')`,
  );
}

/** Presses Tab until the keyboard is on such an element; everything on the way can be seen to have it. */
async function tabTo(tab: Page, selector: string): Promise<void> {
  for (let times = 0; times < 150; times += 1) {
    await tab.keyboard.press('Tab');
    const [isThere, isSeen] = await tab.evaluate<[boolean, boolean]>(`(() => {
      const { activeElement } = document;
      return [activeElement.matches(${JSON.stringify(selector)}), getComputedStyle(activeElement).outlineStyle !== 'none'];
    })()`);
    if (!isSeen) throw new Error(`the focus on the way to ${selector} cannot be seen`);
    if (isThere) return;
  }
  throw new Error(`no Tab leads to ${selector}`);
}

/** A path without its subject. */
function kindOf(path: string): string {
  return path.replace(/NCT\d{8}|(?<=\/conditions\/)[^/?]+|=[^&]*|\d+/g, '*');
}

function nameOf(path: string): string {
  return path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'home';
}
