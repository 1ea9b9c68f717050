import type { Browser } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  browserPath,
  findBarriers,
  findHtmlFaults,
  findOverflow,
  openBrowser,
  openTab,
} from '../../support/browser.ts';
import { useServedWorlds } from '../../support/find-pages.ts';

const { readTrials } = useServedWorlds();

describe('home, search, conditions and the legal pages', () => {
  it('are valid HTML', async () => {
    const { pages } = await readTrials({ NCT09900001: {}, NCT09900002: { status: 'UNKNOWN' } });
    const paths =
      '/ /search /search?q= /search?q=MS /search?q=glorbfish /conditions/asthma /conditions/asthma?show=unknown ' +
      '/conditions/neoplasms /conditions/words-glorbfish /conditions/no-such /about /privacy /terms /operator';
    for (const path of paths.split(' ')) {
      expect([path, await findHtmlFaults((await pages.get(path)).text)]).toEqual([path, []]);
    }
  });
});

describe.skipIf(browserPath === null)('in a browser', () => {
  const inBrowser = async (use: (browser: Browser) => Promise<void>) => {
    const browser = await openBrowser();
    try {
      await use(browser);
    } finally {
      await browser.close();
    }
  };

  it('the search box offers conditions while one types, by keyboard and by pointer, without barriers', async () => {
    const { pages } = await readTrials({ NCT09900001: {}, NCT09900002: {} });
    await inBrowser(async (browser) => {
      const tab = await openTab(browser);
      await tab.goto(pages.url);
      expect(await findBarriers(tab)).toEqual([]);
      const box = tab.getByRole('combobox');
      await box.pressSequentially('asth');
      await tab.getByRole('option').first().waitFor();
      expect(await box.getAttribute('aria-expanded')).toBe('true');
      expect(await findBarriers(tab)).toEqual([]);
      await tab.keyboard.press('ArrowDown');
      const active = await box.getAttribute('aria-activedescendant');
      expect(await tab.locator(`#${active}`).textContent()).toBe('Asthma 2 trials');
      await tab.keyboard.press('Escape');
      expect(await tab.getByRole('option').count()).toBe(0);
      await tab.keyboard.press('ArrowDown');
      await tab.keyboard.press('Enter');
      await tab.waitForURL('**/conditions/asthma');
      expect(await findBarriers(tab)).toEqual([]);

      await tab.goto(pages.url);
      await tab.getByRole('combobox').pressSequentially('heart att');
      await tab.getByRole('option').first().click();
      await tab.waitForURL('**/conditions/myocardial-infarction');
    });
  });

  it('P9: the search works without scripts, at 320 px', async () => {
    const { pages } = await readTrials({ NCT09900001: {} });
    await inBrowser(async (browser) => {
      const tab = await openTab(browser, { javaScriptEnabled: false, viewport: { width: 320, height: 600 } });
      await tab.goto(pages.url);
      await tab.getByRole('searchbox').fill('bronchial asthma');
      await tab.getByRole('button', { name: 'Look first' }).click();
      await tab.waitForURL('**/conditions/asthma?as=*');
      expect(await tab.getByRole('link', { name: 'Made-up study NCT09900001' }).count()).toBe(1);
    });
  });

  it('no page juts out at 320 px', async () => {
    const { pages } = await readTrials({ NCT09900001: { title: `A ${'very'.repeat(60)} long title` } });
    await inBrowser(async (browser) => {
      const tab = await openTab(browser, { viewport: { width: 320, height: 600 } });
      for (const path of [
        '/',
        '/search?q=MS',
        '/conditions/asthma',
        '/conditions/neoplasms',
        '/privacy',
        '/operator',
      ]) {
        await tab.goto(pages.url + path);
        expect([path, await findOverflow(tab), await findBarriers(tab)]).toEqual([path, [], []]);
      }
    });
  });
});
