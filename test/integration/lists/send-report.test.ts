import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimDelivery,
  expireClaims,
  listDueDeliveries,
  readMailHealth,
} from '../../../src/db/delivery/deliveries.ts';
import { askForListFollow, confirmLists } from '../../../src/db/lists/list-follows.ts';
import { backUp } from '../../../src/db/maintenance/backup.ts';
import { restoreBackup } from '../../../src/db/maintenance/restore.ts';
import { planReports } from '../../../src/jobs/digests/plan-reports.ts';
import { syncFollowers } from '../../../src/use-cases/subscriptions/sync-lists.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { createTestDatabase } from '../../support/database.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { makeDataDir, runProgram, serverVariables } from '../../support/program.ts';
import { withClient } from '../../support/servers.ts';
import { type SignedIn, signIn } from '../../support/sign-in.ts';
import { confirmPath, letWorkersWork } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

const [one, two] = ['NCT09900001', 'NCT09900002'] as const;
const ann = 'ann@example.net';
const hostile = 'Lung <script>alert(1)</script> & "co"';
const introduction = 'Dear members,\n\nsee <b>below</b> ]]> \u202e\u0007 and ask us.';
const subject = 'A report of a list that you follow';

let world: World;
let pages: Pages;
let owner: SignedIn;
let path = '';
let listId = 0;

const said = (text: string) => text.replace(/\s+/g, ' ').trim();
const words = async (text: string) => {
  expect(await findHtmlFaults(text)).toEqual([]);
  return said(visibleBlocks(text).join(' '));
};
const idOf = async (email: string) => {
  const { context } = world;
  const hash = context.keys.hashAddress(email);
  const found = await context.db
    .selectFrom('subscribers')
    .select('id')
    .where('address_hash', '=', hash)
    .execute();
  return found[0]?.id ?? 0;
};

/** Follows the list with a consent of this version. */
async function follow(email: string, wordingVersion = 'sign-up-4') {
  await world.subscribe(email, { conditions: ['melanoma'] });
  const subscriberId = await idOf(email);
  const now = world.context.now();
  await world.context.db.transaction().execute(async (tx) => {
    await askForListFollow(tx, { listId, subscriberId, frequency: null, now });
    const consent = { wordingVersion, wordingHash: 'x', way: 'on paper', minAge: 16 };
    await confirmLists(tx, subscriberId, consent, now, listId);
    await syncFollowers(tx, listId, [subscriberId], now);
  });
}

const setPerson = (email: string, settings: Record<string, string>) =>
  world.context.db
    .updateTable('subscribers')
    .set(settings)
    .where('address_hash', '=', world.context.keys.hashAddress(email))
    .execute();
const reports = async (email: string) =>
  (await world.mails(email)).filter(({ text = '' }) => /What changed: |Qué cambió: /.test(text));
const signInAgain = async () => {
  owner = await signIn(world, pages, ann);
};
const ask = (fields: Record<string, string> = {}) =>
  owner.post(`${path}/report`, { introduction, contact: 'Our desk, 555 0100', as: 'send', ...fields });
/** Looks at what followers get, and sends it. Returns what was shown. */
async function order(fields: Record<string, string> = {}) {
  const shown = await ask(fields);
  const seen = /name="seen" value="(\w+)"/.exec(shown.text)?.[1] ?? '';
  const done = await ask({ ...fields, as: 'order', seen });
  expect([shown.status, done.status]).toEqual([200, 303]);
  return shown.text;
}
/** The number of the report that waits to be sent, as its owner's page has it. */
const waiting = async () => /name="report" value="(\d+)"/.exec((await owner.get(path)).text)?.[1] ?? '';
/** What stands between the lines of a report that come first and last. */
const between = (text: string) =>
  /What changed: .*It is not medical advice\./.exec(
    said(text.replaceAll(/^> |^[-=]{74}$|^\* /gm, ' ')),
  )?.[0] ?? '';

const trials = (updatedOn: string, status: string) =>
  [one, two].map((id) =>
    study(id, {
      title: `Made-up <i>trial</i> ${id.slice(-1)}`,
      ...(id === one ? { status, whyStopped: 'Supply & <more>', updatedOn } : {}),
    }),
  );

beforeAll(async () => {
  world = await openWorld({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: trials('2026-11-01', 'RECRUITING') }],
  });
  await world.subscribe(ann, { trials: [one, two] });
  pages = await servePages(world);
  world.refresh('2026-11-03T09:00:04', trials('2026-11-03', 'SUSPENDED'));
  world.setNow('2026-11-03T12:00:00Z');
  await world.round();
  world.setNow('2026-11-06T12:00:00Z');
  await signInAgain();
  const made = await owner.post('/manage/lists', {
    name: hostile,
    organization: 'Charity <&>',
    open: 'public',
  });
  path = made.headers.get('location') ?? '';
  listId = Number(path.split('/').at(-1));
  await owner.post(path, { act: 'add', text: `number,reason\n${one},=Many asked\n${two},` });
});
afterAll(async () => {
  await pages?.close();
  await world?.close();
});

describe('the reasons of a list', () => {
  it('keeps the newer reasons if an older tab is sent, with what was typed there', async () => {
    const { text } = await owner.get(path);
    const seen = /name="seen" value="(\w+)"/.exec(text)?.[1] ?? '';
    const [, named = '', before = ''] = /name="(reason-\d+)" value="(=Many asked[^"]*)"/.exec(text) ?? [];
    const send = (mark: string, reason: string) =>
      owner.post(path, { act: 'reasons', seen: mark, [named]: reason });
    expect((await send(seen, 'From one tab')).status).toBe(303);
    const refused = await send(seen, 'From an older tab');
    expect(refused.status).toBe(422);
    const said = await words(refused.text);
    expect(said).toContain('The list has changed meanwhile');
    expect(said).toContain('Now it says: “From one tab”');
    expect(refused.text).toContain('value="From an older tab"');
    expect((await owner.get(path)).text).toContain('value="From one tab"');
    const fresh = /name="seen" value="(\w+)"/.exec(refused.text)?.[1] ?? '';
    expect((await send(fresh, before)).status).toBe(303);
    expect((await owner.get(path)).text).toContain(`value="${before}"`);
  });
});

describe('a report that we send to the followers of a list', () => {
  it('P4: goes by a consent that names reports, with its own way out', async () => {
    const cat = 'cat@example.net';
    const list = /\/lists\/[\w-]+/.exec((await owner.get(path)).text)?.[0] ?? '';
    await pages.post(`${list}/follow`, { email: cat });
    await letWorkersWork(world);
    const confirm = await confirmPath(world, cat);
    const page = await pages.get(confirm);
    expect(await words(page.text)).toContain(
      'The owner may also have reports of the list sent to me, at most one in 7 days, with an introduction of their own.',
    );
    await pages.post(confirm, { seen: /name="seen" value="([^"]+)"/.exec(page.text)?.[1] ?? '' });
    await letWorkersWork(world);
    const reader = await signIn(world, pages, cat);
    const row = /href="(\/manage\/followed\/\d+)"/.exec((await reader.get('/manage')).text)?.[1] ?? '';
    const wants = async () => {
      const { rows } = await sql<{ wants: boolean; version: string }>`
        select wants_reports as wants, wording_version as version from list_follows
        where subscriber_id = ${await idOf(cat)}`.execute(world.context.db);
      return rows;
    };
    expect(await wants()).toEqual([{ wants: true, version: 'sign-up-4' }]);
    expect(await words((await reader.get(row)).text)).toContain('at most one in 7 days');
    await reader.post(row, { act: 'no-reports' });
    expect(await wants()).toEqual([{ wants: false, version: 'sign-up-4' }]);
    const asked = await words((await reader.get(row)).text);
    expect(asked).toContain('You get no reports of this list.');
    expect(asked).toContain('The owner may also have reports of the list sent to me');
    await reader.post(row, { act: 'reports' });
    expect(await wants()).toEqual([{ wants: true, version: 'sign-up-4' }]);
  });

  it.each([
    [
      'a web address in the introduction',
      { introduction: 'See bad.example/pay' },
      'The introduction has a web address',
    ],
    [
      'an email address in the introduction',
      { introduction: 'pay@bad.example' },
      'The introduction has a web address',
    ],
    [
      'an address in whom to ask',
      { contact: 'help@charity.example' },
      'whom readers can ask has a web address',
    ],
    ['a long introduction', { introduction: 'a'.repeat(2_001) }, 'The introduction is too long.'],
    ['days without a change', { period: 'days', from: '2026-11-04', to: '2026-11-05' }, 'nothing to send'],
  ])('is refused with %s, and keeps what was typed', async (_, fields, message) => {
    const { status, text } = await ask({ contact: 'Our desk', ...fields });
    expect([status, await words(text)]).toEqual([422, expect.stringContaining(message)]);
    for (const typed of Object.values(fields)) expect(text).toContain(typed);
    expect(await world.context.db.selectFrom('list_reports').selectAll().execute()).toEqual([]);
  });

  it('P14: can be canceled by its owner for an hour, and is not counted then', async () => {
    await order();
    const { text } = await owner.get(path);
    expect(await words(text)).toContain('A report goes out on November 6, 2026 at 1:00 PM UTC.');
    const report = await waiting();
    expect(await ask()).toMatchObject({ status: 422, text: expect.stringContaining('one report in 7 days') });
    await follow('bob@example.net');
    const other = await signIn(world, pages, 'bob@example.net');
    expect((await other.post(path, { act: 'cancel-report', report })).status).toBe(404);
    const cancelled = await owner.post(path, { act: 'cancel-report', report });
    expect(cancelled.headers.get('set-cookie')).toContain('done=report-cancelled');
    expect(await words((await owner.get(path)).text)).not.toContain('A report goes out');
    world.setNow('2026-11-06T13:30:00Z');
    await world.round();
    await signInAgain();
    expect(await reports('cat@example.net')).toEqual([]);
  });

  it('P14, D1: is what its owner saw, to each follower who agreed, once, whatever changes meanwhile', async () => {
    await follow('dan@example.net', 'sign-up-3');
    for (const name of ['eve', 'fay', 'gil', 'hal', 'ida', 'kim']) await follow(`${name}@example.net`);
    await setPerson('gil@example.net', { language: 'es' });
    await setPerson('hal@example.net', { subject: 'discreet' });
    await setPerson('kim@example.net', { timezone: 'Asia/Tokyo' });
    await sql`update subscriptions set state = 'paused' where list_follow_id is not null
      and subscriber_id = ${await idOf('eve@example.net')}`.execute(world.context.db);
    const shown = await order();
    const preview = await words(shown);
    expect(preview).toContain('Now these are fewer than 10 people.');
    expect(shown).not.toMatch(/cat@|bob@|href="[^"]*\/lists\/lung/);
    // Meanwhile the list has another name, its trial other news, and one follower leaves.
    await owner.post(path, { act: 'rename', name: 'Another name', organization: '' });
    world.refresh('2026-11-06T13:00:04', trials('2026-11-06', 'TERMINATED'));
    const fay = await signIn(world, pages, 'fay@example.net');
    const row = /href="(\/manage\/followed\/\d+)"/.exec((await fay.get('/manage')).text)?.[1] ?? '';
    await fay.post(row, { act: 'stop' });
    world.setNow('2026-11-06T14:40:00Z');
    await world.round();
    await world.round();
    const got: Record<string, number> = {};
    for (const name of ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gil', 'hal', 'ida', 'kim'])
      got[name] = (await reports(`${name}@example.net`)).length;
    expect(got).toEqual({ ann: 0, bob: 1, cat: 1, dan: 0, eve: 0, fay: 0, gil: 1, hal: 1, ida: 1, kim: 0 });
    const [mail] = await reports('cat@example.net');
    const unlinked = between(mail?.text ?? '').replaceAll(/: https:\S+/g, '');
    expect(unlinked).toBe(between(preview));
    expect(said(visibleBlocks(mail?.html ?? '').join(' '))).toContain(between(preview));
    for (const part of [
      `What changed: ${hostile}`,
      'Charity <&> writes:',
      'see <b>below</b> ]]> and ask us.',
      '“=Many asked”',
    ])
      expect(said(mail?.text ?? '')).toContain(part);
    expect(mail?.html).not.toMatch(/<script>alert|<b>below/);
    const [spanish] = await reports('gil@example.net');
    expect(spanish?.subject).toBe('Un informe de una lista que sigue');
    expect(said(spanish?.text ?? '')).toContain('Charity <&> escribe');
  });

  it('P10, P14, E1: tells nobody what its reader follows, and has the same way out as digests', async () => {
    const [mail] = await reports('cat@example.net');
    expect(mail?.subject).toBe(subject);
    const [head = ''] = mail?.message.split('\r\n\r\n') ?? [];
    expect(head).not.toMatch(/lung|charity|NCT/i);
    expect(head.match(/^List-Unsubscribe: <https:\/\/bell\.example\.org\/unsubscribe\//gm)).toHaveLength(1);
    expect(head.match(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click/gm)).toHaveLength(1);
    for (const link of mail?.text?.match(/https?:\S+/g) ?? [])
      expect(link).not.toMatch(/lung|lists|charity/i);
    const [discreet] = await reports('hal@example.net');
    expect(discreet?.subject).toBe('You have an update');
    for (const link of `${discreet?.text}`.match(/https?:\S+/g) ?? [])
      expect(link).toMatch(/^https:\/\/bell\.example\.org\/(manage|unsubscribe)\//);
    expect(said(discreet?.text ?? '')).toContain('You chose discreet emails, so no link here names a trial.');
  });

  it('D12: waits for the morning where its reader lives, and stays here if they leave before', async () => {
    await follow('leo@example.net');
    const kim = await idOf('kim@example.net');
    const due = await world.context.db
      .selectFrom('deliveries')
      .select(['phase', 'due_at'])
      .where('subscriber_id', '=', kim)
      .where('kind', '=', 'report')
      .execute();
    // It is 23:40 in Tokyo.
    expect(due).toEqual([{ phase: 'planned', due_at: '2026-11-06T23:00:00.000Z' }]);
    await sql`update list_follows set wants_reports = false where subscriber_id = ${kim}`.execute(
      world.context.db,
    );
    world.setNow('2026-11-06T23:10:00Z');
    await world.round();
    expect(await reports('kim@example.net')).toEqual([]);
    const { phase } = await world.context.db
      .selectFrom('deliveries')
      .select('phase')
      .where('subscriber_id', '=', kim)
      .where('kind', '=', 'report')
      .executeTakeFirstOrThrow();
    expect(phase).toBe('cancelled');
  });

  it('P14: goes out at most once in 7 days; what is refused keeps what was typed', async () => {
    await signInAgain();
    const refused = await ask();
    expect(await words(refused.text)).toContain(
      'The next one can be sent from November 13, 2026 at 1:30 PM UTC on.',
    );
    expect(refused.text).toContain('see &lt;b&gt;below&lt;/b&gt;');
    world.setNow('2026-11-13T13:29:59Z');
    await signInAgain();
    expect((await ask({ period: 'month' })).status).toBe(422);
    world.setNow('2026-11-13T13:30:00Z');
    expect((await ask({ period: 'month' })).status).toBe(200);
  });

  it('P14: is shown again, and not sent, if it changed since its owner looked', async () => {
    await signInAgain();
    const shown = await ask({ period: 'month' });
    const seen = /name="seen" value="(\w+)"/.exec(shown.text)?.[1] ?? '';
    await owner.post(path, { act: 'rename', name: 'Lungs', organization: '' });
    const again = await ask({ period: 'month', as: 'order', seen });
    expect(await words(again.text)).toContain('Something changed since you looked, so nothing was sent.');
    const count = async () =>
      (await world.context.db.selectFrom('list_reports').select('id').execute()).length;
    expect(await count()).toBe(2);
    // Two at once are one order.
    const fresh = /name="seen" value="(\w+)"/.exec(again.text)?.[1] ?? '';
    const both = await Promise.all([1, 2].map(() => ask({ period: 'month', as: 'order', seen: fresh })));
    expect(both.map(({ status }) => status).toSorted()).toEqual([303, 422]);
    expect(await count()).toBe(3);
  });

  it('P8: is seen by admins before it goes out, and stopped by one: what was not handed over stays here', async () => {
    const env = await serverVariables(world.databaseUrl);
    const before = (await reports('bob@example.net')).length;
    const { reports: orders } = JSON.parse((await runProgram(['lists', '--json'], env)).stdout);
    expect(orders[0]).toMatchObject({
      list: 'Lungs',
      introduction: 'Dear members,\n\nsee <b>below</b> ]]> and ask us.',
      mails: 0,
    });
    const { id } = orders[0];
    world.setNow('2026-11-13T14:31:00Z');
    expect((await planReports(world.context)).length).toBeGreaterThan(2);
    const ran = await runProgram(['lists', '--stop-report', String(id), '--reason', 'sells something'], env);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    await world.round();
    expect(await reports('bob@example.net')).toHaveLength(before);
    await signInAgain();
    expect(await words((await owner.get(path)).text)).toContain('Those who run this stopped the report');
    const rows = await world.context.db
      .selectFrom('audit_log')
      .select(['act', 'subject', 'reason'])
      .execute();
    expect(rows).toContainEqual({ act: 'stop-report', subject: `report ${id}`, reason: 'sells something' });
    const again = await runProgram(['lists', '--stop-report', String(id), '--reason', 'x'], env);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining(`There is no report ${id}`)]);
  });

  it('R2: is promised once to each, wherever planning breaks off, and by two planners at once', async () => {
    const { db } = world.context;
    world.setNow('2026-11-21T12:00:00Z');
    await signInAgain();
    await order({ period: 'month' });
    world.setNow('2026-11-21T13:01:00Z');
    const promised = async () =>
      (
        await db
          .selectFrom('deliveries as d')
          .innerJoin('list_reports as r', 'r.id', 'd.list_report_id')
          .select('d.subscriber_id')
          .where('r.cancelled_at', 'is', null)
          .where('r.ordered_at', '>', '2026-11-21T00:00:00Z')
          .execute()
      ).length;
    let statements = 0;
    const breaking = (at: number, side: 'before' | 'after') => {
      let count = 0;
      const crash = (now: 'before' | 'after') => {
        if (now === side && count === at) throw new Error('broken off');
      };
      return world.another({
        db: db.withPlugin({
          transformQuery: ({ node }) => {
            count += 1;
            statements = Math.max(statements, count);
            crash('before');
            return node;
          },
          transformResult: async ({ result }) => {
            crash('after');
            return result;
          },
        }),
      });
    };
    await expect(planReports(breaking(1, 'before'))).rejects.toThrow('broken off');
    for (const side of ['before', 'after'] as const)
      for (let at = 1; at <= Math.max(statements, 3); at += 1) {
        await expect(planReports(breaking(at, side))).rejects.toThrow('broken off');
        expect(await promised()).toBe(0);
      }
    await Promise.all([planReports(world.context), planReports(world.another())]);
    const count = await promised();
    expect(count).toBeGreaterThan(4);
    // A planner that starts over, as after a restored backup, doubles nothing.
    await sql`update list_reports set promised_at = null, promised_to = 0
      where ordered_at > '2026-11-21T00:00:00Z'`.execute(db);
    expect(await planReports(world.context)).toEqual([]);
    expect(await promised()).toBe(count);
  });

  it('R1, D10: is sent again, the same, if nobody knows whether it arrived; a suppressed reader gets none', async () => {
    const { context } = world;
    const { db } = context;
    const mine = async (email: string) =>
      (
        await db
          .selectFrom('deliveries')
          .select('id')
          .where('subscriber_id', '=', await idOf(email))
          .where('kind', '=', 'report')
          .where('phase', '=', 'planned')
          .executeTakeFirstOrThrow()
      ).id;
    const id = await mine('bob@example.net');
    const claim = await claimDelivery(db, id, { holder: 'dead', leaseMs: 60_000, now: context.now() });
    expect(claim).toMatchObject({ kind: 'report', isWanted: true });
    await sql`update deliveries set phase = 'body', body_at = ${context.now()}, lease_until = clock_timestamp()
      where id = ${id}`.execute(db);
    expect(await expireClaims(db)).toMatchObject({ ambiguous: 1 });
    await sql`insert into suppressions (address_hash, reason, since)
      values (${context.keys.hashAddress('ida@example.net')}, 'complaint', ${context.now()})`.execute(db);
    const before = (await reports('ida@example.net')).length;
    world.setNow('2026-11-21T13:40:00Z');
    await world.round();
    expect(await reports('bob@example.net')).toHaveLength(2);
    expect(await reports('ida@example.net')).toHaveLength(before);
    expect((await listDueDeliveries(db, context.now(), 10)).length).toBe(0);
  });

  it('R9, R10: alarms admins if it is not planned within an hour; a restored backup does not send it again', async () => {
    const { context, databaseUrl } = world;
    const { db, keys } = context;
    const late = async (now: string) =>
      (await readMailHealth(db, now, { retriesAmbiguous: true, isPaused: false })).overdue;
    world.setNow('2026-11-28T18:00:00Z');
    await world.round();
    await signInAgain();
    await order({ period: 'month' });
    const before = await late('2026-11-28T19:54:00Z');
    expect((await late('2026-11-28T19:56:00Z')) - before).toBe(1);

    // What was due by then may have gone out after the backup.
    const folder = makeDataDir();
    const file = join(folder.path, 'backup');
    const about = { program: '0.2.0', keyFingerprint: keys.fingerprint, key: null };
    await backUp(databaseUrl, file, { ...about, madeAt: '2026-11-28T19:00:00Z' });
    const restored = await createTestDatabase({ empty: true });
    await restoreBackup(restored.url, file, { replace: true, fitKey: () => () => {} });
    const last = 'select cancelled_by, promised_at from list_reports order by id desc limit 1';
    const { rows } = await withClient(restored.url, (client) => client.query(last));
    expect(rows).toEqual([{ cancelled_by: 'admin', promised_at: null }]);
    await restored.drop();
    folder.remove();
    await owner.post(path, { act: 'cancel-report', report: await waiting() });
  });

  it('P5: is in its owner’s export, and forgotten with the list, which nobody is mailed about by then', async () => {
    world.setNow('2026-11-29T12:00:00Z');
    await signInAgain();
    await order({ period: 'month', introduction: 'Words to be forgotten' });
    expect((await owner.get('/manage/export.json')).text).toContain('Words to be forgotten');
    await owner.post(path, { act: 'end' });
    const sent = (await reports('cat@example.net')).length;
    world.setNow('2026-11-29T13:30:00Z');
    await world.round();
    expect(await reports('cat@example.net')).toHaveLength(sent);
    expect((await world.dump()).join('\n')).not.toContain('Words to be forgotten');
  });
});
