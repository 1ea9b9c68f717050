import type { Browser, Page } from 'playwright-core';
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

const schemes = ['light', 'dark'] as const;

describe.skipIf(browserPath === null)('mails, in a browser', () => {
  let browser: Browser;
  /** One tab for all: a tab takes longer to open than a mail to look at. */
  let tab: Page;
  const asked: string[] = [];
  beforeAll(async () => {
    browser = await openBrowser();
    tab = await openTab(browser, { offline: true });
    tab.on('request', (request) => asked.push(request.url()));
  });
  afterAll(() => browser.close());

  describe.each(schemes)('in %s', (colorScheme) => {
    beforeAll(() => tab.emulateMedia({ colorScheme }));

    it.each(states)(
      'D5: %s: contrast as measured, headings, lists and language without barriers, nothing wider than a phone, nothing asked for',
      async (state) => {
        asked.length = 0;
        await tab.setContent(renderSample(state).html);
        // A mail is no page of a site: it needs no landmarks.
        expect((await findBarriers(tab)).filter((line) => !/^(?:landmark|region)/.test(line))).toEqual([]);
        expect(await findOverflow(tab)).toEqual([]);
        expect(asked).toEqual([]);
      },
    );

    it('D5: the measure finds a color that is too faint', async () => {
      const faint = colorScheme === 'light' ? '#b9c4c0' : '#4c5a62';
      await tab.setContent(
        renderSample('story').html.replaceAll('class="muted"', `style="color:${faint} !important"`),
      );
      expect((await findBarriers(tab)).join()).toContain('color-contrast');
    });
  });
});
