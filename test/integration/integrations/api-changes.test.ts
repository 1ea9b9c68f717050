import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { readCursor, writeCursor } from '../../../src/core/cursor.ts';
import { lockPositions, releaseChanges } from '../../../src/db/ingest/changes.ts';
import { releaseHeldChanges } from '../../../src/use-cases/admin/decide-held.ts';
import type { Said } from '../../support/api.ts';
import { type Api, serveApi } from '../../support/api-world.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const served: Api[] = [];
afterEach(async () => {
  for (const api of served.splice(0)) await api.close();
});
async function openWith(studies: unknown[]): Promise<{ world: World; api: Api }> {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
  await world.subscribe('ann@example.net', { conditions: ['asthma', '"made-up study"'] });
  const api = await serveApi(world);
  served.push(api);
  return { world, api };
}
const id = 'NCT09900001';
async function turn(world: World, day: number, studies: unknown[]): Promise<void> {
  const on = `2026-11-${String(day).padStart(2, '0')}`;
  world.refresh(`${on}T09:00:04`, studies);
  world.setNow(`${on}T12:00:00Z`);
  await world.poll();
}
/** Released changes in the order of release, as outsiders may see them. */
async function released(world: World): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from changes where position is not null and kind not in ('entered', 'left') order by position`.execute(
    world.context.db,
  );
  return rows.map((row) => row.id);
}

describe('changes since a cursor', () => {
  it('are typed values with their sentence and a page, in the order of release', async () => {
    const { world, api } = await openWith([study(id)]);
    await turn(world, 3, [study(id, { updatedOn: '2026-11-03', status: 'SUSPENDED', whyStopped: 'Supply' })]);
    const { headers, json } = await api.get<Said['changes']>('/api/v1/changes?facet=status');
    expect(json.changes).toMatchObject([
      {
        trial: { registry: 'ctgov', id, title: `Made-up study ${id}` },
        version: 2,
        facet: 'status',
        kind: 'status',
        before: 'RECRUITING',
        after: 'SUSPENDED',
        whyStopped: 'Supply',
        sentence: expect.stringContaining('paused'),
        releasedAt: '2026-11-03T12:00:00.000Z',
        url: `https://bell.example.org/trials/${id}/changes/${json.changes[0]?.id}`,
      },
    ]);
    expect(headers.get('cache-control')).toBe('public, max-age=60');
    const spanish = await api.get<Said['changes']>('/api/v1/changes?facet=status&language=es');
    expect(spanish.json.changes[0]?.sentence).not.toBe(json.changes[0]?.sentence);
    expect(spanish.headers.get('set-cookie')).toBe(null);
  });

  it('P9: come page by page, nothing missed and nothing twice, also those that come meanwhile', async () => {
    const { world, api } = await openWith(manyStudies(12));
    const changed = (day: number, status: string) =>
      manyStudies(12, { updatedOn: `2026-11-0${day}`, status, enrollment: day * 1000 });
    await turn(world, 3, changed(3, 'SUSPENDED'));
    const first = await api.get<Said['changes']>('/api/v1/changes?limit=7');
    expect([first.json.changes.length, first.json.more]).toEqual([7, true]);
    await turn(world, 4, changed(4, 'RECRUITING'));
    const rest = await api.readOn({ limit: '7' }, first.json.next);
    const ids = [...first.json.changes.map((change) => change.id), ...rest.ids];
    expect(ids.length).toBeGreaterThan(40);
    expect(ids).toEqual(await released(world));
    expect(await api.readOn({}, rest.next)).toEqual({ ids: [], next: rest.next });
    const latest = await api.get<Said['changes']>('/api/v1/changes?cursor=latest');
    expect(latest.json).toMatchObject({ changes: [], next: rest.next, more: false });
    await turn(world, 5, changed(5, 'SUSPENDED'));
    const later = await api.readOn({}, rest.next);
    expect([...ids, ...later.ids]).toEqual(await released(world));
  });

  it('C12: held changes come when they are released, even to cursors long past their time', async () => {
    const { world, api } = await openWith(manyStudies(65));
    await turn(world, 3, manyStudies(65, { status: 'SUSPENDED', updatedOn: '2026-11-03' }));
    const held = (await world.changes()).filter(({ state }) => state === 'held').map((change) => change.id);
    expect(held.length).toBeGreaterThan(50);
    const before = await api.readOn();
    expect(before.ids.filter((one) => held.includes(one))).toEqual([]);
    await turn(world, 4, [...manyStudies(65, { status: 'SUSPENDED', updatedOn: '2026-11-03' }), study(id)]);
    const meanwhile = await api.readOn({}, before.next);
    const [run] = (await world.runs()).filter(({ outcome }) => outcome === 'held');
    await releaseHeldChanges(world.context, run?.id ?? 0, null, world.context.now());
    const after = await api.readOn({}, meanwhile.next);
    expect(after.ids.sort()).toEqual(held.sort());
    const all = [...before.ids, ...meanwhile.ids, ...after.ids];
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe((await released(world)).length);
  });

  it('R5: releases that run at the same time as readers are missed by none and read twice by none', async () => {
    const { world, api } = await openWith(manyStudies(40));
    await turn(world, 3, manyStudies(40, { updatedOn: '2026-11-03', status: 'SUSPENDED', enrollment: 9 }));
    // All of them wait again, to be released bit by bit by several processes.
    const { db } = world.context;
    await sql`delete from topic_changes`.execute(db);
    await sql`update changes set state = 'pending', position = null, released_at = null`.execute(db);
    await sql`update counters set value = 0 where name = 'position'`.execute(db);
    const ids = (await world.changes()).map((change) => change.id);
    const releasers = [0, 1, 2].map(async (nth) => {
      const own = world.another().db;
      for (let at = nth; at < ids.length; at += 3)
        await own
          .transaction()
          .execute((tx) => releaseChanges(tx, 'ctgov', world.context.now(), [ids[at] ?? 0]));
    });
    let isOver = false;
    const readers = [1, 3, 50].map(async (limit) => {
      const read: number[] = [];
      let cursor: string | undefined;
      // One more reading after the last release.
      for (let isLast = false; ; isLast = isOver) {
        const page = await api.readOn({ limit: String(limit) }, cursor);
        read.push(...page.ids);
        cursor = page.next;
        if (isLast) return read;
      }
    });
    await Promise.all(releasers);
    isOver = true;
    const expected = await released(world);
    expect(expected.length).toBeGreaterThan(40);
    for (const read of await Promise.all(readers)) expect(read).toEqual(expected);
  });

  it('R5: a release whose commit is yet to come is not seen, and comes after it', async () => {
    const { world, api } = await openWith(manyStudies(4));
    await turn(world, 3, manyStudies(4, { updatedOn: '2026-11-03', status: 'SUSPENDED' }));
    const { next } = await api.readOn();
    await sql`delete from topic_changes where position = (select value from counters where name = 'position')`.execute(
      world.context.db,
    );
    await sql`update changes set state = 'pending', position = null, released_at = null where position = (
      select value from counters where name = 'position')`.execute(world.context.db);
    await sql`update counters set value = value - 1 where name = 'position'`.execute(world.context.db);
    const cursor = (await api.get<Said['changes']>('/api/v1/changes?cursor=latest')).json.next;
    expect(cursor).not.toBe(next);
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let locked = () => {};
    const isLocked = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const slow = world
      .another()
      .db.transaction()
      .execute(async (tx) => {
        await lockPositions(tx);
        await releaseChanges(tx, 'ctgov', world.context.now());
        locked();
        await gate;
      });
    await isLocked;
    expect(await api.readOn({}, cursor)).toEqual({ ids: [], next: cursor });
    go();
    await slow;
    expect((await api.readOn({}, cursor)).ids).toHaveLength(1);
  });

  it('of some trials, conditions and facets, go on over thousands of others', async () => {
    const { world, api } = await openWith([study(id), ...manyStudies(3)]);
    await turn(world, 3, [
      study(id, { updatedOn: '2026-11-03', status: 'SUSPENDED' }),
      ...manyStudies(3, { updatedOn: '2026-11-03', status: 'SUSPENDED', enrollment: 5 }),
    ]);
    // Others' changes: more than are looked at in one go, on both sides of one that is looked for.
    const { db } = world.context;
    const other = 'NCT08000001';
    const bulk = (from: number) =>
      sql`
      with added as (insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, position,
          detected_at, released_at)
        select t.id, 2, (select min(id) from runs), 'outcomes', 'outcomes',
          '{"facet":"outcomes","kind":"outcomes","before":null,"after":null}', 1, '{}', 'released', ${from}::bigint + n, now(), now()
        from trials t, generate_series(1, 2500) n where t.registry_id = ${other} returning position)
      update counters set value = (select max(position) from added) where name = 'position'`.execute(db);
    const topicOf = async () => (await released(world)).length;
    await bulk(await topicOf());
    await turn(world, 4, [
      study(id, { updatedOn: '2026-11-04', status: 'RECRUITING' }),
      ...manyStudies(3, { updatedOn: '2026-11-03', status: 'SUSPENDED', enrollment: 5 }),
    ]);
    const { rows } = await sql<{ value: number }>`select value from counters where name = 'position'`.execute(
      db,
    );
    await bulk(rows[0]?.value ?? 0);
    const seen = await world.changes();
    const wanted = (which: (change: (typeof seen)[number]) => boolean) =>
      seen
        .filter((one) => one.position !== null && which(one))
        .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))
        .map((one) => one.id);
    expect((await api.readOn({ trial: id })).ids).toEqual(wanted(({ trial }) => trial === id));
    expect(
      (await api.readOn({ trial: [id, 'NCT08000002'], facet: ['status', 'enrollment'], limit: '1' })).ids,
    ).toEqual(
      wanted(
        ({ trial, facet }) =>
          [id, 'NCT08000002'].includes(trial) && (facet === 'status' || facet === 'enrollment'),
      ),
    );
    expect((await api.readOn({ facet: 'status' })).ids).toEqual(wanted(({ facet }) => facet === 'status'));
    const asthma = (await api.readOn({ condition: 'asthma' })).ids;
    expect(asthma).toEqual(wanted(({ topics }) => topics.includes('concept:D001249')));
    expect(asthma.length).toBeGreaterThan(4);
    const page = await api.get<Said['changes']>('/api/v1/changes?facet=status&limit=100');
    expect(page.json).toMatchObject({ more: true });
  });

  it('say neither that somebody follows something nor what', async () => {
    const { world, api } = await openWith([study(id)]);
    await turn(world, 3, [study(id, { updatedOn: '2026-11-03', conditions: ['Migraine'] })]);
    await turn(world, 4, [study(id, { updatedOn: '2026-11-04' })]);
    expect((await world.changes()).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['left', 'entered']),
    );
    const { json } = await api.get<Said['changes']>('/api/v1/changes');
    const text = JSON.stringify(json);
    expect(text).not.toMatch(/"(left|entered)"|phrase:|concept:|topics/);
    expect(json.changes.length).toBeGreaterThan(0);
  });
});

describe('a cursor', () => {
  it('is opaque, and of this database alone: after a restore it is gone, and says where to begin', async () => {
    const { world, api } = await openWith([study(id)]);
    await turn(world, 3, [study(id, { updatedOn: '2026-11-03', status: 'SUSPENDED' })]);
    const { next } = await api.readOn();
    expect(next).toMatch(/^[\w-]+$/);
    // A backup of before the release, restored: the position is given out again, to a later change.
    const { db } = world.context;
    await sql`delete from topic_changes`.execute(db);
    await sql`update changes set state = 'pending', position = null, released_at = null`.execute(db);
    await sql`update counters set value = 0 where name = 'position'`.execute(db);
    const gone = await api.get(`/api/v1/changes?cursor=${next}`);
    expect([gone.status, gone.json.errors?.[0]?.parameter]).toEqual([410, 'cursor']);
    await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, detected_at)
      select trial_id, version, run_id, facet, kind, change, weight, topics, detected_at from changes`.execute(
      db,
    );
    await sql`delete from changes where id <= ${readCursor(next)?.changeId ?? 0}`.execute(db);
    await db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', world.context.now()));
    expect((await api.get(`/api/v1/changes?cursor=${next}`)).status).toBe(410);
    expect((await api.readOn()).ids.length).toBeGreaterThan(0);
  });

  it('that is made up is refused', async () => {
    const { api } = await openWith([study(id)]);
    expect(
      (await api.get(`/api/v1/changes?cursor=${writeCursor({ position: 7, changeId: 7 })}`)).status,
    ).toBe(410);
    for (const made of ['7', 'latest2', '', writeCursor({ position: 0, changeId: 7 }), 'ä'])
      expect([made, (await api.get(`/api/v1/changes?cursor=${encodeURIComponent(made)}`)).status]).toEqual([
        made,
        400,
      ]);
  });
});
