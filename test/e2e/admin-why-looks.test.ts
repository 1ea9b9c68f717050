import { sql } from 'kysely';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendDelivery } from '../../src/jobs/delivery/send.ts';
import { planDigests } from '../../src/jobs/digests/plan.ts';
import { signInAsAdmin } from '../support/admin-sign-in.ts';
import {
  browserPath,
  findHtmlFaults,
  findLookFaults,
  openBrowser,
  openTab,
  takePictures,
} from '../support/browser.ts';
import { day, onDayTwo, turnTo } from '../support/days.ts';
import { spoilContents } from '../support/digest-contents.ts';
import { type Pages, servePages } from '../support/pages.ts';
import type { SignedIn } from '../support/sign-in.ts';
import { study } from '../support/study.ts';
import { openWorld, type World } from '../support/world.ts';

const admin = 'a.volunteer.with.a.long.address@charity.example.org';
const trial = 'NCT09900001';
const parts = {
  completion: '2028-03-01',
  title: 'Inhaled merovatinib or the usual care for asthma that does not get better',
};

describe.skipIf(browserPath === null)('why, and previews, in a browser', () => {
  let world: World;
  let pages: Pages;
  let browser: Browser;
  let me: SignedIn;
  const person = '/admin/subscribers/1';

  beforeAll(async () => {
    world = await openWorld(onDayTwo([study(trial, parts)], { config: { adminEmails: [admin] } }));
    await world.subscribe('ann@example.net', { trials: [trial] });
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await sql`update subscriptions set filters = '{"phases":["PHASE3"]}' where kind = 'condition'`.execute(
      world.context.db,
    );
    turnTo(world, 3, [
      study(trial, {
        ...parts,
        status: 'SUSPENDED',
        whyStopped: 'Drug supply',
        enrollment: 300,
        updatedOn: day(3),
      }),
    ]);
    await world.poll();
    for (const id of (await planDigests(world.context)).deliveryIds) await sendDelivery(world.context, id);
    // As if other rules had made the stored one.
    await spoilContents(world.context.db, 'COMPLETED');
    turnTo(world, 4, [study(trial, { ...parts, sites: ['Eta Clinic, Oslo, Norway'], updatedOn: day(4) })]);
    world.setNow(`${day(4)}T06:00:00Z`);
    await world.poll();
    pages = await servePages(world);
    browser = await openBrowser();
    me = await signInAsAdmin(world, pages, admin);
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    await world?.close();
  });

  /** What is looked at, by the name of its picture: where it begins, and whether its button is pressed. */
  const places: [string, string, boolean][] = [
    ['admin-why-ask', `${person}/why`, false],
    ['admin-why', `${person}/why?trial=${trial}`, false],
    ['admin-why-change', `${person}/why?change=1`, false],
    ['admin-why-wrong', `${person}/why?trial=NCT1`, false],
    ['admin-preview-ask', `${person}/preview`, false],
    ['admin-preview', `${person}/preview`, true],
    ['admin-compare-ask', '/admin/preview', false],
    ['admin-compare', '/admin/preview', true],
  ];

  it('have no barrier that axe finds, light and dark, are valid HTML, work without scripts, and nothing juts out at 320 pixels', async () => {
    const found: string[] = [];
    const viewport = { width: 320, height: 700 };
    const tab = await openTab(browser, { extraHTTPHeaders: { cookie: me.cookie }, viewport });
    for (const [name, path, isPressed] of places) {
      await tab.goto(pages.url + path);
      if (isPressed) await tab.click('main form:not([action="/admin/leave"]) button');
      for (const fault of await findHtmlFaults(await tab.content())) found.push(`${name}: ${fault}`);
      found.push(...(await findLookFaults(tab, name)));
      await takePictures(tab, name);
    }
    await tab.context().close();
    expect(found).toEqual([]);
  });

  it('shows the mail in a frame with its own styles, in which nothing leads anywhere', async () => {
    const tab = await openTab(browser, { extraHTTPHeaders: { cookie: me.cookie } });
    const refused: string[] = [];
    tab.on('console', (message) => refused.push(message.text()));
    await tab.goto(`${pages.url}${person}/preview`);
    await tab.click('main form:not([action="/admin/leave"]) button');
    const frame = await (await tab.waitForSelector('iframe')).contentFrame();
    await frame?.waitForSelector('h1');
    const heading = frame?.locator('h1').first();
    expect(await heading?.textContent()).toBe('1 trial you follow changed in the registry');
    expect(await frame?.locator('a[href]').count()).toBe(0);
    const family = await frame?.evaluate<string>(`getComputedStyle(document.querySelector('h1')).fontFamily`);
    expect(family).not.toBe('Times New Roman');
    expect(refused).toEqual([]);
    await tab.context().close();
  });
});
