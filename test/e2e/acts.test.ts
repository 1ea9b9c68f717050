import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, findLookFaults, openBrowser, openTab, takePictures } from '../support/browser.ts';
import { onDayTwo } from '../support/days.ts';
import { about, asthma } from '../support/find-pages.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { confirmPath, letWorkersWork } from '../support/sign-ups.ts';
import { study } from '../support/study.ts';
import { openWorld, type World } from '../support/world.ts';

const [first, second] = ['NCT09900001', 'NCT09900002'];

describe.skipIf(browserPath === null)('how much a reader has to do until emails start, in a browser', () => {
  let world: World;
  let pages: Pages;
  let browser: Browser;

  beforeAll(async () => {
    world = await openWorld(onDayTwo([first, second].map((id) => study(id, about(asthma)))));
    await world.subscribe('first@example.net', { conditions: ['asthma'] });
    pages = await servePages(world);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    await world?.close();
  });

  /** One reader's browser, which counts what is typed, clicked and opened from an email. */
  async function openReader(email: string, javaScriptEnabled: boolean) {
    const tab = await openTab(browser, { javaScriptEnabled, timezoneId: 'America/Chicago' });
    const reader = { tab, acts: 0, type, click, openLink, isStarted };
    async function type(field: string, text: string): Promise<void> {
      reader.acts += 1;
      await tab.locator(`#follow [name=${field}]`).fill(text);
    }
    async function click(words: string): Promise<void> {
      reader.acts += 1;
      await tab.getByRole('button', { name: words, exact: true }).click();
    }
    async function openLink(): Promise<void> {
      reader.acts += 1;
      await tab.getByText(email).waitFor();
      await letWorkersWork(world);
      await tab.goto(pages.url + (await confirmPath(world, email)));
    }
    async function isStarted(words: string): Promise<void> {
      await tab.getByRole('heading', { name: 'The emails start now' }).waitFor();
      expect(await tab.locator('main').textContent()).toContain(words);
    }
    return reader;
  }

  const look = async (tab: Page, name: string): Promise<void> => {
    expect(await findLookFaults(tab, name)).toEqual([]);
    await takePictures(tab, `acts-${name}`);
  };

  it('P9, P4: from a trial or condition four acts, two for one more in the same browser, with and without scripts', async () => {
    for (const [email, withScripts] of [
      ['ann@example.net', true],
      ['bea@example.net', false],
    ] as const) {
      const reader = await openReader(email, withScripts);
      await reader.tab.goto(`${pages.url}/trials/${first}`);
      await reader.type('email', email);
      await reader.click('Follow');
      await reader.openLink();
      if (withScripts) expect(await reader.tab.locator('main').textContent()).toContain('Central Time');
      await reader.click('I agree, start the emails');
      await reader.isStarted(first);
      expect(reader.acts).toBeLessThanOrEqual(4);

      reader.acts = 0;
      await reader.tab.goto(`${pages.url}/conditions/asthma`);
      await reader.click('Follow');
      // As whom, only so that they know it again.
      expect(await reader.tab.locator('main').textContent()).toContain(`${email[0]}…@e….net`);
      expect(await reader.tab.content()).not.toContain(email);
      if (withScripts) await look(reader.tab, 'agree-here');
      await reader.click('I agree, start the emails');
      await reader.isStarted('Asthma');
      if (withScripts) await look(reader.tab, 'started');
      expect(reader.acts).toBeLessThanOrEqual(2);

      // From there, one more is a field and a button; and this browser may look at all of it and change it.
      await reader.type('q', second);
      await reader.click('Follow');
      await reader.click('I agree, start the emails');
      await reader.isStarted(second);
      await reader.tab.goto(`${pages.url}/manage`);
      expect(await reader.tab.locator('main').textContent()).toContain(second);
      expect(reader.tab.url()).not.toContain('@');
      await letWorkersWork(world);
      expect(await world.mails(email)).toHaveLength(1);
    }
    const { db } = world.context;
    const unagreed = await db
      .selectFrom('subscriptions')
      .leftJoin('consents', 'consents.subscription_id', 'subscriptions.id')
      .select('subscriptions.id')
      .where('consents.subscription_id', 'is', null)
      .execute();
    expect(unagreed).toEqual([]);
  });

  it('P9: from the start page five acts; Enter without an address only looks', async () => {
    const email = 'cem@example.net';
    const reader = await openReader(email, true);
    await reader.tab.goto(pages.url);
    const box = reader.tab.getByRole('combobox');
    await box.pressSequentially('asthma');
    await reader.tab.getByRole('option').first().waitFor();
    await reader.tab.keyboard.press('Enter');
    await reader.tab.waitForURL('**/conditions/asthma');

    // An address that was mistyped is still there after Back.
    await reader.type('email', 'cem@example');
    await reader.click('Follow');
    await reader.tab.locator('#e-email').waitFor();
    await reader.tab.goBack();
    expect(await reader.tab.inputValue('#follow [name=email]')).toBe('cem@example');

    reader.acts = 0;
    await reader.tab.goto(pages.url);
    await reader.type('q', 'asthma');
    await reader.type('email', email);
    await reader.click('Follow');
    await reader.openLink();
    await look(reader.tab, 'agree');
    await reader.click('I agree, start the emails');
    await reader.isStarted('asthma');
    expect(reader.acts).toBeLessThanOrEqual(5);
  });
});
