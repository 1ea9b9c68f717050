import { sql } from 'kysely';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPeople, type PeopleWorld, staff, trialId } from '../support/admin-people.ts';
import { askForAdminLink } from '../support/admin-sign-in.ts';
import {
  browserPath,
  findHtmlFaults,
  findLookFaults,
  openBrowser,
  openTab,
  takePictures,
} from '../support/browser.ts';
import { study } from '../support/study.ts';
import { openWorld, type World } from '../support/world.ts';

const phone = { width: 320, height: 700 };

describe.skipIf(browserPath === null)('what admins see of people, in a browser', () => {
  let here: PeopleWorld;
  let world: World;
  let browser: Browser;
  /** The pages to look at, by the name of the picture. */
  const paths = {
    'admin-people': '/admin/subscribers',
    'admin-people-nobody': '/admin/subscribers?done=nobody',
    'admin-people-follow': '/admin/subscribers?follows=asthma',
    'admin-people-choose': '/admin/subscribers?follows=ms',
    'admin-person': '/admin/subscribers/1',
    'admin-person-stopped': '/admin/subscribers/2?done=suppressed',
    'admin-person-add': '/admin/subscribers/add',
    'admin-person-add-for': '/admin/subscribers/add?for=1',
    'admin-person-erase': '/admin/subscribers/1/erase',
  };

  beforeAll(async () => {
    here = await openPeople(openWorld);
    world = here.world;
    const { db } = world.context;
    world.refresh('2026-11-03T09:00:04', [study(trialId, { status: 'SUSPENDED', updatedOn: '2026-11-03' })]);
    world.setNow('2026-11-02T22:00:00Z');
    for (const what of ['migraine', 'diabetes'])
      await here.me.post('/admin/subscribers/add', { for: '1', what });
    await sql`update subscriptions set filters = '{"country":"Norway","sex":"FEMALE","recruitingOnly":true}'
      where id = 2`.execute(db);
    await sql`insert into deliveries (kind, subscriber_id, phase, attempts, due_at, planned_at, finished_at, reply, was_ambiguous)
      values ('digest', 1, 'failed', 3, ${world.context.now()}, now(), ${world.context.now()},
        '550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown in virtual mailbox table', true)`.execute(
      db,
    );
    await here.me.post('/admin/subscribers/1/pause', { subscription: '2', until: '2026-12-24' });
    await here.me.post('/admin/subscribers/2/suppress', { why: 'never', reason: 'He wrote a letter.' });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await here?.close();
    await world?.close();
  });

  it('has no barrier that axe finds, light and dark, is valid HTML, and nothing juts out at 320 pixels', async () => {
    const found: string[] = [];
    const extraHTTPHeaders = { cookie: here.me.cookie };
    const tab = await openTab(browser, { extraHTTPHeaders, viewport: phone });
    for (const [name, path] of Object.entries(paths)) {
      const answer = await tab.goto(here.pages.url + path);
      found.push(...(await findLookFaults(tab, name)));
      for (const fault of await findHtmlFaults((await answer?.text()) ?? '')) found.push(`${name}: ${fault}`);
      await takePictures(tab, name);
    }
    await tab.context().close();
    expect(found).toEqual([]);
  });

  it('P8, P9: leads without scripts from an address to a person, through acts for them, to their end', async () => {
    const tab = await openTab(browser, { viewport: phone, javaScriptEnabled: false });
    const found: string[] = [];
    const look = async (name: string) => {
      for (const fault of await findHtmlFaults(await tab.content())) found.push(`${name}: ${fault}`);
      await takePictures(tab, name);
    };
    const go = (path: string) => tab.goto(here.pages.url + path);
    const status = () => tab.textContent('[role=status]');
    await go(await askForAdminLink(world, here.pages, staff.me));
    await tab.click('main form button');
    await tab.click('.staff a[href="/admin/subscribers"]');
    await tab.fill('#email', 'ann@example.net');
    await tab.click('form[action$="/find"] button');
    expect(new URL(tab.url()).pathname).toBe('/admin/subscribers/1');
    expect(await tab.content()).not.toContain('ann@');
    await tab.click('button:text-is("Show the address")');
    await look('admin-person-address');
    expect(await tab.textContent('main')).toContain('ann@example.net');
    await tab.click('main a:text-is("Subscriber 1")');
    await tab.click('button:has-text("Pause")');
    await look('admin-person-wrong');
    await tab.click('main a:text-is("Subscriber 1")');
    await tab.fill('#until-1', '2026-12-01');
    await tab.click('button:has-text("Pause")');
    expect(await status()).toBe('It is paused.');
    await tab.click('button:has-text("Take up again") >> nth=0');
    expect(await status()).toContain('It is taken up again.');
    await tab.click('button:text-is("Send the confirmation email again")');
    await look('admin-person-refused');
    await tab.click('main a:text-is("Subscriber 1")');
    await tab.click('button:text-is("Stop all")');
    expect(await status()).toBe('It is stopped.');
    await look('admin-person-ended');
    await tab.click('button:has-text("Undo the stop") >> nth=0');
    expect(await status()).toBe('The stop is undone.');
    await tab.click('a:text-is("Add a subscription for them")');
    await tab.fill('#what', 'ms');
    await tab.click('button:text-is("Ask them to confirm")');
    await look('admin-person-add-wrong');
    await tab.fill('#what', 'Multiple Sclerosis');
    await tab.click('button:text-is("Ask them to confirm")');
    expect(await status()).toContain('It is added');
    await tab.click('a:has-text("Erase")');
    await tab.click('button:text-is("Erase them now")');
    await look('admin-person-erase-wrong');
    await tab.fill('#reason', 'She asked for it by letter.');
    await tab.click('button:text-is("Erase them now")');
    expect(await status()).toContain('This person is erased.');
    await look('admin-person-erased');
    expect(found).toEqual([]);
  });
});
