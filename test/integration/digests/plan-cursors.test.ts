import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { Db } from '../../../src/db/connect.ts';
import { takeDueSubscribers } from '../../../src/db/digests/due-subscriptions.ts';
import { readHorizon, releaseChanges, writeChanges } from '../../../src/db/ingest/changes.ts';
import { openRun } from '../../../src/db/ingest/runs.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

let world: World;
let db: Db;
beforeEach(async () => {
  world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }] });
  db = world.context.db;
});
afterEach(() => world.close());

const now = '2026-11-02T12:00:00.000Z';
const status = (after: string): Change => ({ facet: 'status', kind: 'status', before: 'RECRUITING', after });

/** Stores pending changes of the trial under a run of their own. */
async function storePending(registry: string, ...changes: Change[]): Promise<void> {
  const runId = await openRun(db, { registry, kind: 'poll', startedAt: now, dataTimestamp: null });
  const trial = await db.selectFrom('trials').select(['id', 'topics']).executeTakeFirstOrThrow();
  const { id: trialId, topics } = trial;
  const rows = changes.map((change) => ({
    trialId,
    version: 1,
    change,
    weight: 1,
    topics,
    otherTopics: null,
    silent: false,
    emptied: false,
    byCalendar: false,
    otherTrial: false,
  }));
  await db.transaction().execute((tx) => writeChanges(tx, rows, { runId, detectedAt: now }));
}

async function follow(frequency: 'immediate' | 'daily' = 'daily'): Promise<void> {
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'], frequency });
}

async function toldSoFar(): Promise<unknown[]> {
  const rows = await db
    .selectFrom('digest_items')
    .innerJoin('changes', 'changes.id', 'digest_items.change_id')
    .select('change')
    .orderBy('position')
    .execute();
  return rows.map((row) => row.change.after);
}

describe('positions (idea 5)', () => {
  it('are given at release, so that a change stored early and released late lies before every cursor', async () => {
    await follow();
    await storePending('slow', status('SUSPENDED'));
    await storePending('ctgov', status('TERMINATED'));
    await db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', now));
    world.setNow('2026-11-03T09:00:00Z');
    await planDigests(world.context);
    expect(await toldSoFar()).toEqual(['TERMINATED']);
    await db.transaction().execute((tx) => releaseChanges(tx, 'slow', now));
    world.setNow('2026-11-04T09:00:00Z');
    await planDigests(world.context);
    expect(await toldSoFar()).toEqual(['TERMINATED', 'SUSPENDED']);
  });

  it('of two releases at once become visible in the order of their commits, without a hole', async () => {
    await follow();
    await storePending('one', status('SUSPENDED'), status('TERMINATED'));
    await storePending('two', status('WITHDRAWN'));
    const second = Promise.withResolvers<number>();
    await db.transaction().execute(async (tx) => {
      expect(await releaseChanges(tx, 'one', now)).toBe(2);
      const other = world.another().db;
      second.resolve(other.transaction().execute((later) => releaseChanges(later, 'two', now)));
      // The later one waits for the counter; until the first commits nobody sees either.
      await waitForLock();
      expect(await readHorizon(other)).toBe(0);
    });
    expect(await second.promise).toBe(1);
    const changes = await world.changes();
    expect(changes.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(await readHorizon(db)).toBe(3);
  });

  it('of changes not yet released are null, and nobody is told of them', async () => {
    await follow();
    await storePending('ctgov', status('SUSPENDED'));
    world.setNow('2026-11-03T09:00:00Z');
    await planDigests(world.context);
    expect(await toldSoFar()).toEqual([]);
    expect((await world.changes()).map(({ position, state }) => [position, state])).toEqual([
      [null, 'pending'],
    ]);
  });
});

describe('cursors', () => {
  it('start at the horizon of the moment when watching starts: earlier releases are not told', async () => {
    await world.subscribe('bob@example.net', { trials: ['NCT09900001'] });
    await storePending('ctgov', status('SUSPENDED'));
    await db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', now));
    await follow();
    await storePending('ctgov', status('TERMINATED'));
    await db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', now));
    world.setNow('2026-11-03T09:00:00Z');
    await planDigests(world.context);
    const { rows } = await sql<{ told: number }>`
      select count(*) as told from digest_items group by subscriber_id order by subscriber_id`.execute(db);
    expect(rows.map((row) => row.told)).toEqual([2, 1]);
  });

  it('of a subscription that is not yet watching stand nowhere, and it is told nothing', async () => {
    world.recorded.setFault({ kind: 'status', status: 500 });
    const [followed] = await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    expect(followed).toMatchObject({ state: 'active', watching: false });
    world.setNow('2026-11-03T09:00:00Z');
    expect(await planDigests(world.context)).toEqual({ deliveryIds: [], failed: 0 });
    const row = await db
      .selectFrom('subscriptions')
      .select(['position', 'next_due_at'])
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ position: null, next_due_at: '2026-11-04T09:00:00.000Z' });
  });

  it('stay while a subscription is paused: afterwards one net digest tells all of it', async () => {
    await follow();
    await sql`update subscriptions set state = 'paused'`.execute(db);
    await storePending('ctgov', status('SUSPENDED'));
    await db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', now));
    world.setNow('2026-11-03T09:00:00Z');
    await planDigests(world.context);
    expect(await toldSoFar()).toEqual([]);
    await sql`update subscriptions set state = 'active', next_due_at = '2026-11-05T09:00:00Z'`.execute(db);
    await sql`update subscribers set next_due_at = '2026-11-05T09:00:00Z'`.execute(db);
    world.setNow('2026-11-05T09:00:00Z');
    await planDigests(world.context);
    expect(await toldSoFar()).toEqual(['SUSPENDED']);
  });
});

describe('R5: a release while a person is being planned', () => {
  it('R5: wakes them all the same: the planner saw nothing of it and must not put the wake out', async () => {
    await follow('immediate');
    await storePending('ctgov', status('SUSPENDED'));
    await db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', now));
    await storePending('ctgov', status('TERMINATED'));
    const releasing = Promise.withResolvers<unknown>();
    const { db: other } = world.another();
    // Another planner holds the person, as of before the release.
    await db.transaction().execute(async (tx) => {
      expect(await takeDueSubscribers(tx, now, 10)).toHaveLength(1);
      releasing.resolve(other.transaction().execute((later) => releaseChanges(later, 'ctgov', now)));
      await waitForLock();
      await sql`update subscriptions set position = 1, next_due_at = null`.execute(tx);
      await sql`update subscribers set next_due_at = null`.execute(tx);
    });
    await releasing.promise;
    await planDigests(world.context);
    expect(await toldSoFar()).toEqual(['TERMINATED']);
  });

  it('R5: two planners at once promise each digest once', async () => {
    for (const name of ['ann', 'bob', 'eve', 'zoe']) {
      await world.subscribe(`${name}@example.net`, { trials: ['NCT09900001'] });
    }
    await storePending('ctgov', status('SUSPENDED'));
    await db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', now));
    world.setNow('2026-11-03T09:00:00Z');
    const planned = await Promise.all([
      planDigests(world.context),
      planDigests(world.another()),
      planDigests(world.another()),
    ]);
    expect(planned.flatMap(({ deliveryIds }) => deliveryIds)).toHaveLength(4);
    expect(await toldSoFar()).toHaveLength(4);
  });
});

/** Waits until somebody in this database waits for a lock. */
async function waitForLock(): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await sql<{ waiting: number }>`select count(*) as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(world.another().db);
      return rows[0]?.waiting ?? 0;
    })
    .toBeGreaterThan(0);
}
