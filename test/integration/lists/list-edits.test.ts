import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { NewEntry } from '../../../src/core/lists/shared-list.ts';
import { asFollowed } from '../../../src/core/subscriptions/understand-condition.ts';
import { connect } from '../../../src/db/connect.ts';
import { listEntries } from '../../../src/db/lists/entries.ts';
import { askForListFollow, confirmLists } from '../../../src/db/lists/list-follows.ts';
import { lockSubscriber } from '../../../src/db/subscribers/subscription-state.ts';
import { watchSoon } from '../../../src/jobs/subscribers/watch-soon.ts';
import { stopList } from '../../../src/use-cases/lists/follow-list.ts';
import { addToList, makeList, removeFromList } from '../../../src/use-cases/lists/own-lists.ts';
import { stopSubscriptions, undoStop } from '../../../src/use-cases/subscriptions/change-state.ts';
import { signUp } from '../../../src/use-cases/subscriptions/sign-up.ts';
import { syncFollowers, syncList } from '../../../src/use-cases/subscriptions/sync-lists.ts';
import { letWorkersWork } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const [one, two, three] = ['NCT09900001', 'NCT09900002', 'NCT09900003'] as const;
const studies = [one, two, three].map((id) => study(id, { title: `Made-up trial ${id.slice(-1)}` }));
const trial = (id: string): NewEntry => ({ understood: asFollowed('ctgov', id, id), reason: '' });

/** A list of ann's with some entries, which cat follows beside what she follows by herself. */
async function openList(entries: readonly NewEntry[]) {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
  const { context } = world;
  const { db } = context;
  await world.subscribe('ann@example.net', { trials: [one] });
  await world.subscribe('cat@example.net', { conditions: ['melanoma'] });
  const idOf = async (email: string) =>
    (
      await db
        .selectFrom('subscribers')
        .select('id')
        .where('address_hash', '=', context.keys.hashAddress(email))
        .executeTakeFirstOrThrow()
    ).id;
  const [owner, cat] = [await idOf('ann@example.net'), await idOf('cat@example.net')];
  const texts = { name: 'Made-up list', organization: '', isPublic: true };
  const made = await makeList(context, owner, { ...texts, entries }, context.now());
  if (made === null || made === 'many') throw new Error('no list');
  const { id } = made;
  const follow = () =>
    db.transaction().execute(async (tx) => {
      const now = context.now();
      await askForListFollow(tx, { listId: id, subscriberId: cat, frequency: null, now });
      const consent = { wordingVersion: '1', wordingHash: 'x', way: 'on paper', minAge: 16 };
      await confirmLists(tx, cat, consent, now, id);
      await syncFollowers(tx, id, [cat], now);
    });
  await follow();
  await watchSoon(context);
  const add = async (entry: NewEntry) => {
    await addToList(context, owner, id, [entry], context.now());
    await letWorkersWork(world);
  };
  const remove = async (registryId: string) => {
    const entry = (await listEntries(db, id)).find((some) => some.registryId === registryId);
    await removeFromList(context, owner, id, [entry?.id ?? 0], context.now());
    await letWorkersWork(world);
  };
  const followed = async () => {
    const { rows } = await sql<{ said: string }>`
      select concat_ws(' ', words, state, case when list_follow_id is not null then 'by list' end) as said
      from subscriptions where subscriber_id = ${cat} order by words, id`.execute(db);
    return rows.map(({ said }) => said);
  };
  return { world, owner, cat, id, follow, add, remove, followed };
}

const notesTo = async (world: World) =>
  (await world.mails('cat@example.net')).filter(
    ({ subject }) => subject === 'A list that you follow has changed',
  );

describe('edits of a followed list', () => {
  it('an edit that is made while followers take over an earlier one is taken over as well', async () => {
    const { world, owner, id, followed } = await openList([trial(one)]);
    const { context } = world;
    const db = connect(world.databaseUrl);
    await addToList(context, owner, id, [trial(two)], context.now());
    let taken: Promise<number> | undefined;
    // What the first edit brings waits for its follow, and the second one is made meanwhile.
    await db.transaction().execute(async (tx) => {
      await sql`select from list_follows for update`.execute(tx);
      taken = syncList(context.db, id, context.now());
      for (let waiting = 0; waiting === 0; await sleep(20)) {
        const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
        waiting = rows[0]?.n ?? 0;
      }
      await addToList(context, owner, id, [trial(three)], context.now());
    });
    await taken;
    await db.destroy();
    await letWorkersWork(world);
    expect(await followed()).toEqual([
      `${one} active by list`,
      `${two} active by list`,
      `${three} active by list`,
      'melanoma active',
    ]);
  });

  it('brings what somebody asked for without confirming it: others can ask for anybody', async () => {
    const { world, add, followed } = await openList([trial(one)]);
    await world.subscribe('cat@example.net', { trials: [two], consent: null });
    await add(trial(two));
    expect(await followed()).toEqual([
      `${one} active by list`,
      `${two} pending`,
      `${two} active by list`,
      'melanoma active',
    ]);
  });

  it('what is removed by mistake and put back goes on where it was: no change is lost, and nothing is told', async () => {
    const { world, add, remove, followed } = await openList([trial(one), trial(two)]);
    world.refresh('2026-11-03T09:00:04', [
      ...studies.slice(1),
      study(one, {
        title: 'Made-up trial 1',
        status: 'SUSPENDED',
        whyStopped: 'Supply',
        updatedOn: '2026-11-03',
      }),
    ]);
    world.setNow('2026-11-03T10:00:00Z');
    await world.poll();
    await remove(one);
    expect(await followed()).toEqual([`${one} ended`, `${two} active by list`, 'melanoma active']);
    world.setNow('2026-11-03T10:05:00Z');
    await add(trial(one));
    expect(await followed()).toEqual([`${one} active by list`, `${two} active by list`, 'melanoma active']);
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    const mails = (await world.mails('cat@example.net')).map(({ text = '' }) => text);
    expect(mails.filter((text) => text.includes('/digests/')).join()).toContain(one);
    expect(await notesTo(world)).toEqual([]);
  });

  it('what a reader has agreed to follow by itself as well stays when it leaves the list', async () => {
    const { world, remove, followed } = await openList([trial(one), trial(two)]);
    await world.subscribe('cat@example.net', { trials: [one] });
    await remove(one);
    expect(await followed()).toEqual([`${one} active`, `${two} active by list`, 'melanoma active']);
  });

  it('P2: others cannot change the hour of somebody who follows an empty list, or owns one, and nothing else', async () => {
    const { world } = await openList([]);
    const { context } = world;
    const { db } = context;
    await sql`delete from subscriptions`.execute(db);
    const clocks = () => db.selectFrom('subscribers').select(['hour', 'timezone', 'language']).execute();
    const before = await clocks();
    for (const email of ['ann@example.net', 'cat@example.net']) {
      const wish = { email, choices: [], hour: 3, timezone: 'Asia/Tokyo', language: 'es', note: null };
      await db
        .transaction()
        .execute((tx) => signUp(context, tx, { ...wish, subject: 'neutral' }, context.now()));
    }
    expect(await clocks()).toEqual(before);
  });

  it('is told the next day if a welcome goes first', async () => {
    const { world, add } = await openList([trial(one)]);
    await add(trial(two));
    const { db } = world.context;
    await sql`update subscriptions set welcome_due = true where kind = 'condition'`.execute(db);
    await sql`update subscribers set notes_due_at = ${world.context.now()}`.execute(db);
    await world.round();
    expect([(await world.mails('cat@example.net')).length, await notesTo(world)]).toEqual([1, []]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    expect(await notesTo(world)).toHaveLength(1);
  });

  it('P13: brings at most one note a week, with all that came meanwhile; news of what came waits for no note', async () => {
    const { world, add, remove } = await openList([trial(one)]);
    const at = async (now: string) => {
      world.setNow(now);
      await world.round();
      return (await notesTo(world)).length;
    };
    await add(trial(two));
    expect(await at('2026-11-03T09:30:00Z')).toBe(1);
    await add(trial(three));
    await remove(two);
    world.refresh('2026-11-04T09:00:04', [
      ...studies.slice(0, 2),
      study(three, { title: 'Made-up trial 3', status: 'SUSPENDED', updatedOn: '2026-11-04' }),
    ]);
    expect(await at('2026-11-04T12:00:00Z')).toBe(1);
    expect(await at('2026-11-05T12:00:00Z')).toBe(1);
    const news = (await world.mails('cat@example.net')).filter(({ text = '' }) => text.includes('/digests/'));
    expect(news.map(({ text }) => text).join()).toContain(three);
    // While nothing of it is followed anymore, what left it is told all the same.
    await remove(three);
    await remove(one);
    await sql`update subscriptions set state = 'ended', ended_at = ${world.context.now()}
      where words = 'melanoma'`.execute(world.context.db);
    expect(await at('2026-11-09T12:00:00Z')).toBe(1);
    expect(await at('2026-11-10T12:00:00Z')).toBe(2);
    const last = (await notesTo(world)).at(-1)?.text?.replace(/\s+/g, ' ') ?? '';
    expect(last).toContain('took these 2 off the list');
    expect(last).toContain(one);
    expect(last).toContain(two);
    expect(last).not.toContain('put 1 trial');
    expect(await at('2026-11-20T12:00:00Z')).toBe(2);
  });

  it('what it brought of a condition stays when an upgrade matches conditions otherwise', async () => {
    const { world, id, add, followed } = await openList([trial(one)]);
    const { db } = world.context;
    await sql`insert into list_entries (list_id, kind, registry, words, concept_id, concept_term, phrases, topics,
        weekly_only, reason, added_in, added_at)
      select ${id}, kind, registry, 'melanoma', concept_id, concept_term, array['melanoma', 'black mole disease'],
        array['concept:D008545', 'phrase:D008545:melanoma'], false, '', 2, now()
      from subscriptions where kind = 'condition'`.execute(db);
    await sql`update lists set revision = 2`.execute(db);
    await sql`delete from subscriptions where kind = 'condition'`.execute(db);
    await syncList(db, id, world.context.now());
    await sql`delete from settings where name like 'matching%'`.execute(db);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    await add(trial(two));
    expect(await followed()).toEqual([
      `${one} active by list`,
      `${two} active by list`,
      'melanoma active by list',
    ]);
    const { rows } = await sql`select from list_entries e join subscriptions s on s.topics = e.topics
      where e.kind = 'condition'`.execute(db);
    expect(rows).toHaveLength(1);
  });

  it('a stop can be undone of what two follows of the same list had brought', async () => {
    const { world, cat, follow, remove, followed } = await openList([trial(one), trial(two)]);
    const { db } = world.context;
    const stop = async (now: string) => {
      const { rows } = await sql<{ id: number }>`
        select max(id) as id from list_follows where subscriber_id = ${cat}`.execute(db);
      await stopList(world.context, cat, rows[0]?.id ?? 0, now);
    };
    await stop('2026-11-02T13:00:00Z');
    await remove(two);
    await follow();
    await db.transaction().execute(async (tx) => {
      const person = await lockSubscriber(tx, cat);
      if (!person) throw new Error('no person');
      await undoStop(tx, person, 'all', '2026-11-02T14:00:00Z');
      await stopSubscriptions(tx, person, 'all', '2026-11-02T15:00:00.000Z');
      await undoStop(tx, person, { endedAt: '2026-11-02T15:00:00.000Z' }, '2026-11-02T16:00:00Z');
    });
    expect(await followed()).toEqual([
      `${one} ended by list`,
      `${one} active by list`,
      `${two} active by list`,
      'melanoma active',
    ]);
  });
});
