import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, findBarriers, findOverflow, openBrowser, openTab } from '../support/browser.ts';
import { renderSample } from '../support/mail-samples.ts';

/** One of each kind of thing that stands in a digest; what only repeats them is left out. */
const states = [
  'story',
  'near',
  'near-spanish',
  'all-facets',
  'new-trial',
  'old-record',
  'hostile',
  'right-to-left',
];

describe.skipIf(browserPath === null)('mails, in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`D5: in ${colorScheme}: contrast as measured, headings, lists and language without barriers, nothing wider than a phone`, async () => {
      for (const state of states) {
        const tab = await openTab(browser, { colorScheme, offline: true });
        const asked: string[] = [];
        tab.on('request', (request) => asked.push(request.url()));
        await tab.setContent(renderSample(state).html);
        // A mail is no page of a site: it needs no landmarks.
        const barriers = (await findBarriers(tab)).filter((line) => !/^(?:landmark|region)/.test(line));
        expect([state, barriers]).toEqual([state, []]);
        expect([state, await findOverflow(tab)]).toEqual([state, []]);
        expect([state, asked]).toEqual([state, []]);
        await tab.context().close();
      }
    });

    it(`D5: in ${colorScheme}: the measure finds a colour that is too faint`, async () => {
      const tab = await openTab(browser, { colorScheme, offline: true });
      const faint = colorScheme === 'light' ? '#b9c4c0' : '#4c5a62';
      await tab.setContent(
        renderSample('story').html.replaceAll('class="muted"', `style="color:${faint} !important"`),
      );
      expect((await findBarriers(tab)).join()).toContain('color-contrast');
      await tab.context().close();
    });
  }
});
