import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { findSuppression } from '../../../src/db/subscribers/subscribers.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { type SignedIn, signIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
let me: SignedIn;
afterEach(() => pages.close());

const id = 'NCT09900001';

/** Ann and Bob follow one trial and one condition each, with notes, and were mailed a digest. */
async function open() {
  world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }] });
  pages = await servePages(world);
  const { db, keys } = world.context;
  for (const [name, condition] of [
    ['ann', 'asthma'],
    ['bob', 'migraine'],
  ]) {
    await world.subscribe(`${name}@example.net`, {
      trials: [id],
      conditions: [condition ?? ''],
      frequency: 'daily',
    });
    await sql`update subscriptions set note = ${keys.encrypt(`the note of ${name}`)}, list_name = ${keys.encrypt(`the list of ${name}`)}
      where note is null`.execute(db);
  }
  world.refresh('2026-11-03T09:00:04', [study(id, { status: 'SUSPENDED', updatedOn: '2026-11-03' })]);
  world.setNow('2026-11-03T12:00:00Z');
  await world.round();
  await sql`insert into bounces (delivery_id, kind, subscriber_id, bounced_at)
    select id, 'soft', subscriber_id, ${world.context.now()} from deliveries where kind = 'digest'`.execute(
    db,
  );
  await sql`insert into refused_mails (subscriber_id, delivery_id, is_doubtful, written_at)
    select subscriber_id, id, false, message_date from deliveries where kind = 'digest'`.execute(db);
  me = await signIn(world, pages, 'ann@example.net');
}
const people = async () => {
  const { rows } = await sql<{ id: number }>`select id from subscribers order by id`.execute(
    world.context.db,
  );
  return rows.map((row) => row.id);
};

describe('the download', () => {
  it('P5: holds all that is stored of oneself, opened, and nothing of anybody else', async () => {
    await open();
    const { headers, text } = await me.get('/manage/export.json');
    expect(headers.get('content-disposition')).toBe('attachment; filename="trialbell-2026-11-03.json"');
    const all = JSON.parse(text);
    expect(all).toMatchObject({
      address: 'ann@example.net',
      settings: { timezone: 'UTC', hour: 9 },
      subscriptions: [
        {
          words: id,
          note: 'the note of ann',
          list_name: 'the list of ann',
          consents: [{ way: 'on paper, November 2, 2026' }],
        },
        { words: 'asthma', note: 'the note of ann', consents: [{}] },
      ],
      digests: [{ content: { trials: [{ card: { id } }] } }],
      mails: [
        { kind: 'digest', phase: 'sent' },
        { kind: 'manage', phase: 'sent' },
      ],
      mails_asked_for: [{ kind: 'manage', times: 1 }],
      came_back: [{ kind: 'soft', delivery_id: expect.any(Number) }],
      mails_refused_in_a_row: [{ is_doubtful: false, delivery_id: expect.any(Number) }],
      mail_stopped: [],
    });
    expect(all.told.length).toBeGreaterThan(0);
    expect(all.links.map(({ purpose }: { purpose: string }) => purpose)).toContain('manage-session');
    expect(text).not.toMatch(/bob|migraine/);
    const { rows } = await sql<{ hash: Buffer }>`select hash from tokens`.execute(world.context.db);
    for (const { hash } of rows) expect(text).not.toContain(hash.toString('base64'));
  });

  it('P5: leaves out no column that joins rows to a person', async () => {
    await open();
    const { rows } = await sql<{
      table: string;
    }>`select distinct table_name as table from information_schema.columns
      where table_schema = 'public' and column_name in ('subscriber_id', 'subscription_id', 'address_hash')`.execute(
      world.context.db,
    );
    expect(rows.map(({ table }) => table).sort()).toEqual([
      'bounces',
      'consents',
      'deliveries',
      'digest_items',
      'digests',
      'list_follows',
      'lists',
      'rate_limits',
      'refused_mails',
      'subscribers',
      'subscriptions',
      'suppressions',
      'tokens',
    ]);
  });
});

describe('erasing', () => {
  it('P5: leaves no row of a person, and everything of the others', async () => {
    await open();
    const [ann, bob] = await people();
    const { db, keys } = world.context;
    const { rows: tables } = await sql<{ table: string; column: string }>`
      select table_name as table, column_name as column from information_schema.columns
      where table_schema = 'public' and column_name = 'subscriber_id'`.execute(db);
    const count = async (who: number | undefined) => {
      const counts: Record<string, number> = {};
      for (const { table } of tables) {
        const { rows } = await sql<{
          n: number;
        }>`select count(*) as n from ${sql.table(table)} where subscriber_id = ${who}`.execute(db);
        counts[table] = rows[0]?.n ?? 0;
      }
      return counts;
    };
    const bobs = await count(bob);
    expect(Object.values(await count(ann)).filter((n) => n > 0).length).toBeGreaterThan(3);
    expect(await findHtmlFaults((await me.get('/manage/erase')).text)).toEqual([]);
    const { status, headers, text } = await me.post('/manage/erase', {});
    expect(status).toBe(200);
    expect(headers.get('set-cookie')).toMatch(/^__Host-manage=; Max-Age=0;/);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(await people()).toEqual([bob]);
    expect(Object.values(await count(ann))).toEqual(tables.map(() => 0));
    expect(await count(bob)).toEqual(bobs);
    const hash = keys.hashAddress('ann@example.net').toString('hex');
    expect((await world.dump()).filter((line) => line.includes(hash))).toEqual([]);
    const { rows: consents } = await sql`select from consents`.execute(db);
    expect(consents).toHaveLength(2);
    expect((await me.get('/manage')).text).not.toContain(id);
  });

  it('P5: leaves a hash of the address only where “never” was asked for, with its reason', async () => {
    await open();
    const { db, keys } = world.context;
    await me.post('/manage/erase', { never: 'on' });
    expect(await findSuppression(db, keys, 'ann@example.net')).toBe('never');
    const hash = keys.hashAddress('ann@example.net').toString('hex');
    const left = (await world.dump()).filter((line) => line.includes(hash));
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/^suppressions\.address_hash/);
  });

  it('E5: nothing goes out afterwards, not even what was promised', async () => {
    await open();
    world.refresh('2026-11-04T09:00:04', [study(id, { status: 'TERMINATED', updatedOn: '2026-11-04' })]);
    world.setNow('2026-11-04T12:00:00Z');
    await world.poll();
    const { deliveryIds } = await planDigests(world.context);
    const before = (await world.mails('ann@example.net')).length;
    await sql`update tokens set expires_at = '2027-01-01'`.execute(world.context.db);
    await me.post('/manage/erase', {});
    for (const delivery of deliveryIds) await sendDelivery(world.context, delivery);
    await world.round();
    expect(await world.mails('ann@example.net')).toHaveLength(before);
    expect((await world.mails('bob@example.net')).length).toBe(2);
  });
});
