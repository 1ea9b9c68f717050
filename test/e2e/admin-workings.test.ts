import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../src/queue/open.ts';
import { signInAsAdmin } from '../support/admin-sign-in.ts';
import { fillWorkings } from '../support/admin-workings.ts';
import { browserPath, findHtmlFaults, openBrowser, openTab, takePictures } from '../support/browser.ts';
import { onDayTwo } from '../support/days.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { createTestQueueStore } from '../support/queue.ts';
import type { SignedIn } from '../support/sign-in.ts';
import { study } from '../support/study.ts';
import { openWorld, type World } from '../support/world.ts';

const admin = 'volunteer@example.org';

describe.skipIf(browserPath === null)('what needs a person, in a browser without scripts', () => {
  let world: World;
  let pages: Pages;
  let queues: Queues;
  let browser: Browser;
  let me: SignedIn;

  beforeAll(async () => {
    world = await openWorld(onDayTwo([study('NCT09900001')], { config: { adminEmails: [admin] } }));
    queues = await (await createTestQueueStore(world.databaseUrl)).open();
    pages = await servePages(world, Promise.resolve(queues));
    me = await signInAsAdmin(world, pages, admin);
    await fillWorkings(world, queues);
    world.refresh('2026-11-02T10:00:04', [study('NCT09900001'), study('NCT09900777')]);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    await queues?.close();
    await world?.close();
  });

  it('P9: leads from the overview to a record that heals, and to a job that is tried again', async () => {
    const found: string[] = [];
    const tab = await openTab(browser, {
      extraHTTPHeaders: { cookie: me.cookie },
      viewport: { width: 320, height: 700 },
      javaScriptEnabled: false,
    });
    const look = async (name: string, words: string) => {
      const html = await tab.content();
      for (const fault of await findHtmlFaults(html)) found.push(`${name}: ${fault}`);
      await takePictures(tab, name);
      expect(await tab.textContent('main')).toContain(words);
    };
    await tab.goto(`${pages.url}/admin`);
    await tab.click('main .note a:has-text("Records in quarantine")');
    await tab.click('main a:has-text("NCT09900777")');
    await look('admin-reread-ask', 'Try again');
    await tab.click('main form[action*="/again"] button');
    await look('admin-reread-recovered', 'It recovered');
    await tab.click('main a:has-text("The trial’s page")');
    expect(tab.url()).toBe(`${pages.url}/trials/NCT09900777`);
    await tab.goto(`${pages.url}/admin`);
    await tab.click('main .note a:has-text("The queue “sweep”")');
    await look('admin-retry-ask', 'The disk of the database is full');
    const left = await tab.context().newPage();
    await left.goto(tab.url());
    await tab.click('main form[action*="/jobs/"] button');
    await look('admin-retried', '1 job waits again.');
    await left.click('main form[action*="/jobs/"] button');
    expect(await left.textContent('main')).toContain('Nothing was done');
    await tab.goto(`${pages.url}/admin/audit`);
    const log = (await tab.textContent('main')) ?? '';
    for (const line of ['read-again: record NCT09900777', 'retry-job: queue sweep'])
      expect(log).toContain(line);
    expect(log.match(/retry-job/g)).toHaveLength(1);
    expect(found).toEqual([]);
  });
});
