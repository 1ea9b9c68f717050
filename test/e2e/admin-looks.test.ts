import { sql } from 'kysely';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listHeldChanges } from '../../src/db/ingest/holds.ts';
import { importTrials } from '../../src/jobs/ingest/import.ts';
import { checkAlarms } from '../../src/jobs/ops/alarms.ts';
import type { Queues } from '../../src/queue/open.ts';
import { askForAdminLink, signInAsAdmin } from '../support/admin-sign-in.ts';
import { fillWorkings } from '../support/admin-workings.ts';
import {
  browserPath,
  findHtmlFaults,
  findLookFaults,
  openBrowser,
  openTab,
  takePictures,
} from '../support/browser.ts';
import { openListPages } from '../support/bulk-lists.ts';
import { day, onDayTwo, turnTo } from '../support/days.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { createTestQueueStore } from '../support/queue.ts';
import type { SignedIn } from '../support/sign-in.ts';
import { manyStudies } from '../support/study.ts';
import { addTarget } from '../support/webhook-world.ts';
import { openWorld, type World } from '../support/world.ts';

const admin = 'a.volunteer.with.a.long.address@charity.example.org';

/** A list with long words, and a report of it that waits. Returns the pages on which they stand. */
async function shareList({ context }: World): Promise<Record<string, string>> {
  const said = { introduction: 'Dear members,\nthree trials have changed.', contact: 'Our desk' };
  const { rows } = await sql<{ list: number; report: number }>`
    with list as (
      insert into lists (slug, name, organization, created_at, changed_at)
      values ('lungs', ${'Lungenkrebsbehandlungsverzeichnis'.repeat(3)}, 'A charity', ${context.now()}, ${context.now()})
      returning id)
    insert into list_reports (list_id, content, ordered_at, due_at)
    select id, ${JSON.stringify(said)}::jsonb,
      ${context.now()}, ${context.now()} from list returning list_id as list, id as report`.execute(
    context.db,
  );
  const [{ list, report } = { list: 0, report: 0 }] = rows;
  return {
    'admin-lists': '/admin/lists',
    'admin-list-remove': `/admin/lists/${list}/remove`,
    'admin-report-stop': `/admin/lists/reports/${report}/stop`,
  };
}

describe.skipIf(browserPath === null)('the pages of admins, in a browser', () => {
  let world: World;
  let pages: Pages;
  let queues: Queues;
  let browser: Browser;
  let me: SignedIn;
  /** The pages to look at, by the name of the picture. */
  let paths: Record<string, string>;

  beforeAll(async () => {
    const parts = { updatedOn: '2026-09-01', completion: '2028-03-01' };
    world = await openWorld(onDayTwo(manyStudies(51, parts), { config: { adminEmails: [admin] } }));
    await importTrials(world.context, world.registry, { kind: 'all' });
    const changed = { ...parts, status: 'SUSPENDED', whyStopped: 'Drug supply', enrollment: 300 };
    turnTo(world, 3, manyStudies(51, { ...changed, updatedOn: day(3) }));
    await addTarget(world, 'http://127.0.0.1:9/hook');
    await world.round();
    // Four days on, the registry has nothing newer: that alarms.
    world.setNow(`${day(6)}T12:00:00Z`);
    await checkAlarms(world.context);
    queues = await (await createTestQueueStore(world.databaseUrl)).open();
    pages = await servePages(world, Promise.resolve(queues));
    browser = await openBrowser();
    me = await signInAsAdmin(world, pages, admin);
    const held = await listHeldChanges(world.context.db);
    const run = `/admin/runs/${held[0]?.runId}`;
    const reason = 'The registry said on the phone that it was right.';
    await me.post(`${run}/release`, { kind: 'enrollment.enrollment..', held: '102', reason });
    await signInAsAdmin(world, pages, admin);
    paths = {
      'admin-overview': '/admin',
      'admin-runs': '/admin/runs',
      'admin-run': run,
      'admin-release': `${run}/decide?do=release-all`,
      'admin-discard': `${run}/decide?do=discard&kind=status.status.RECRUITING.SUSPENDED`,
      'admin-nothing-chosen': `${run}/decide?do=release`,
      'admin-kept': `${run}/decide?do=keep`,
      'admin-decided': `${run}/decide?do=discard&kind=enrollment.enrollment..`,
      'admin-webhooks': '/admin/webhooks',
      ...(await shareList(world)),
      ...(await fillWorkings(world, queues)),
      ...(await openListPages(world, pages, me)),
      'admin-audit': '/admin/audit',
      'admin-audit-wrong': '/admin/audit?from=2026-99-99',
      'admin-sessions': '/admin/sessions',
      'admin-entrance': await askForAdminLink(world, pages, admin),
      'admin-link-old': '/admin/enter/x',
    };
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    await queues?.close();
    await world?.close();
  });

  it('have no barrier that axe finds, light and dark, are valid HTML, and nothing juts out at 320 pixels', async () => {
    const found: string[] = [];
    const viewport = { width: 320, height: 700 };
    const tab = await openTab(browser, { extraHTTPHeaders: { cookie: me.cookie }, viewport });
    for (const [name, path] of Object.entries(paths)) {
      const answer = await tab.goto(pages.url + path);
      found.push(...(await findLookFaults(tab, name)));
      for (const fault of await findHtmlFaults((await answer?.text()) ?? '')) found.push(`${name}: ${fault}`);
      await takePictures(tab, name);
    }
    await tab.context().close();
    expect(found).toEqual([]);
  });

  it('P9: lead without scripts from a mailed link to a decision, and out again', async () => {
    const found: string[] = [];
    const tab = await openTab(browser, { viewport: { width: 320, height: 700 }, javaScriptEnabled: false });
    // No script runs in the page, so the barriers are those of the pages looked at above.
    const look = async (name: string) => {
      for (const fault of await findHtmlFaults(await tab.content())) found.push(`${name}: ${fault}`);
      await takePictures(tab, name);
    };
    await tab.goto(`${pages.url}/admin`);
    await tab.fill('#email', 'nobody');
    await tab.click('form[action="/admin/sign-in"] button');
    await look('admin-sign-in-wrong');
    await tab.fill('#email', admin);
    await tab.click('form[action="/admin/sign-in"] button');
    await look('admin-asked');
    await world.round();
    await tab.goto(pages.url + (await askForAdminLink(world, pages, admin)));
    await tab.click('main form button');
    await look('admin-entered');
    await tab.click('a:has-text("Look at run")');
    await tab.check('input[value="discard-all"]');
    await tab.click('form[action*="/decide"] button');
    await look('admin-discard-all');
    await tab.click('main form[action*="/discard"] button');
    await look('admin-no-reason');
    await tab.fill('#reason', 'A mistake of the registry.');
    await tab.click('main form[action*="/discard"] button');
    await look('admin-run-decided');
    expect(await tab.content()).toContain('A mistake of the registry.');
    await tab.click('form[action="/admin/leave"] button');
    await look('admin-left');
    await tab.goto(`${pages.url}/admin`);
    expect(await tab.content()).toContain('action="/admin/sign-in"');
    expect(found).toEqual([]);
  });
});
