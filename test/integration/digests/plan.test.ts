import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/core/digests/digest.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { readDigests } from '../../support/digest-contents.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { openWorld, type Wish, type World } from '../../support/world.ts';

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

const firstDay = { timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] };

/** The registry's data of a day in November 2026, polled at noon; nothing is planned yet. */
async function pollOn(world: World, day: number, trials: Record<string, StudyParts>) {
  const on = `2026-11-${String(day).padStart(2, '0')}`;
  const studies = Object.entries(trials).map(([id, parts]) => study(id, { updatedOn: on, ...parts }));
  world.refresh(`${on}T09:00:04`, studies);
  world.setNow(`${on}T12:00:00Z`);
  return world.poll();
}

/** The contents of the digests so far, oldest first. */
async function digests(world: World): Promise<Digest[]> {
  return (await readDigests(world.context.db)).map(({ content }) => content);
}

const told = (digest: Digest | undefined) =>
  digest?.trials.flatMap(({ card, changes }) =>
    changes.map((change) => `${card.id} ${change.kind} ${change.before} > ${change.after}`),
  );

describe('D1: net effect', () => {
  it('D1: A→B→A between two digests is silent, and the timeline shows both', async () => {
    world = await openWorld({ days: [firstDay] });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'], frequency: 'weekly' });
    await pollOn(world, 3, { NCT09900001: { status: 'SUSPENDED' } });
    await pollOn(world, 4, { NCT09900001: { status: 'RECRUITING' } });
    world.setNow('2026-11-09T09:00:00Z');
    expect(await planDigests(world.context)).toEqual({ deliveryIds: [], failed: 0 });
    const changes = await world.changes();
    expect(changes.map(({ change }) => [change.before, change.after])).toEqual([
      ['RECRUITING', 'SUSPENDED'],
      ['SUSPENDED', 'RECRUITING'],
    ]);
    expect(await world.context.db.selectFrom('digests').selectAll().execute()).toEqual([]);
    // What cancelled out was settled: it does not come back with the next change.
    await pollOn(world, 10, { NCT09900001: { status: 'TERMINATED' } });
    world.setNow('2026-11-16T09:00:00Z');
    await planDigests(world.context);
    expect(told((await digests(world))[0])).toEqual(['NCT09900001 status RECRUITING > TERMINATED']);
  });

  it('D1: A→B→C is told as A→C', async () => {
    world = await openWorld({ days: [firstDay] });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'], frequency: 'weekly' });
    await pollOn(world, 3, { NCT09900001: { status: 'SUSPENDED' } });
    await pollOn(world, 4, { NCT09900001: { status: 'TERMINATED' } });
    world.setNow('2026-11-09T09:00:00Z');
    await planDigests(world.context);
    expect(told((await digests(world))[0])).toEqual(['NCT09900001 status RECRUITING > TERMINATED']);
  });

  it('D1: a registration and later changes in the same digest are one line with today’s values', async () => {
    world = await openWorld({ days: [firstDay] });
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    const posted = { firstPostedOn: '2026-11-03', conditions: ['Asthma'] };
    await pollOn(world, 3, { NCT09900002: { ...posted, status: 'NOT_YET_RECRUITING' } });
    await pollOn(world, 4, { NCT09900002: { ...posted, status: 'RECRUITING' } });
    world.setNow('2026-11-09T09:00:00Z');
    await planDigests(world.context);
    const [digest] = await digests(world);
    expect(digest?.trials.map(({ card, changes }) => [card.status, changes.map(({ kind }) => kind)])).toEqual(
      [['RECRUITING', ['registered']]],
    );
  });
});

describe('L7, D1: two subscriptions with two frequencies', () => {
  async function followTwice() {
    world = await openWorld({ days: [firstDay] });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    return world;
  }

  it('L7, D1: a change is told once, through whichever is due first, and never zero times', async () => {
    const world = await followTwice();
    await pollOn(world, 3, { NCT09900001: { status: 'SUSPENDED' } });
    world.setNow('2026-11-04T09:00:00Z');
    await planDigests(world.context);
    await pollOn(world, 4, { NCT09900001: { status: 'RECRUITING' } });
    await pollOn(world, 6, { NCT09900001: { status: 'RECRUITING', enrollment: 7 } });
    world.setNow('2026-11-09T09:00:00Z');
    await planDigests(world.context);
    const all = await digests(world);
    expect(all.map(told)).toEqual([
      ['NCT09900001 status RECRUITING > SUSPENDED'],
      ['NCT09900001 status SUSPENDED > RECRUITING'],
    ]);
    // Both subscriptions were due: the reasons name both.
    expect(all[1]?.trials[0]?.reasons.map(({ kind }) => kind)).toEqual(['trial', 'condition']);
  });

  it('L7: a change that the trial subscription does not want is still told through the other', async () => {
    const world = await followTwice();
    await sql`update subscriptions set facets = '{sites}' where kind = 'trial'`.execute(world.context.db);
    await pollOn(world, 3, { NCT09900001: { status: 'SUSPENDED' } });
    world.setNow('2026-11-04T09:00:00Z');
    expect((await planDigests(world.context)).deliveryIds).toEqual([]);
    world.setNow('2026-11-09T09:00:00Z');
    expect((await planDigests(world.context)).deliveryIds).toHaveLength(1);
    expect(told((await digests(world))[0])).toEqual(['NCT09900001 status RECRUITING > SUSPENDED']);
  });

  it('D1: the database itself refuses to tell a person the same change twice', async () => {
    const world = await followTwice();
    await pollOn(world, 3, { NCT09900001: { status: 'SUSPENDED' } });
    world.setNow('2026-11-04T09:00:00Z');
    await planDigests(world.context);
    await expect(
      sql`insert into digest_items select subscriber_id, change_id, subscription_id + 1, digest_id, kind
        from digest_items`.execute(world.context.db),
    ).rejects.toThrow(/duplicate key/);
  });
});

it('D8: after an outage of three days one merged digest comes, the weightiest first', async () => {
  const trials = ['NCT09900001', 'NCT09900002', 'NCT09900003'];
  const studies = trials.map((id) => study(id, { status: 'SUSPENDED', completion: '2027-01' }));
  world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
  await world.subscribe('ann@example.net', { trials });
  const [slipped, resumed, stopped] = [
    { status: 'SUSPENDED', completion: '2027-09' },
    { status: 'RECRUITING', completion: '2027-01' },
    { status: 'TERMINATED', completion: '2027-01' },
  ];
  const before = { status: 'SUSPENDED', completion: '2027-01' };
  await pollOn(world, 3, { NCT09900001: slipped, NCT09900002: before, NCT09900003: before });
  await pollOn(world, 4, { NCT09900001: slipped, NCT09900002: before, NCT09900003: stopped });
  await pollOn(world, 5, { NCT09900001: slipped, NCT09900002: resumed, NCT09900003: stopped });
  world.setNow('2026-11-05T21:30:00Z');
  expect((await planDigests(world.context)).deliveryIds).toHaveLength(1);
  const [digest] = await digests(world);
  expect(digest?.trials.map(({ card }) => card.id)).toEqual(['NCT09900002', 'NCT09900003', 'NCT09900001']);
  // D7: a late digest costs none of the next days' (09:00 is less than 12 hours away).
  const { next_due_at } = await world.context.db
    .selectFrom('subscribers')
    .select('next_due_at')
    .executeTakeFirstOrThrow();
  expect(next_due_at).toBe('2026-11-06T09:00:00.000Z');
});

it('D3: a digest names the subscription, its beginning, and the match', async () => {
  world = await openWorld({ days: [firstDay] });
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
  await pollOn(world, 3, { NCT09900001: { status: 'SUSPENDED' } });
  world.setNow('2026-11-04T09:00:00Z');
  await planDigests(world.context);
  const [digest] = await digests(world);
  expect(digest?.trials[0]?.reasons).toEqual([
    {
      subscriptionId: expect.any(Number),
      kind: 'trial',
      words: 'NCT09900001',
      since: '2026-11-02T12:00:00.000Z',
      match: { by: 'trial' },
    },
  ]);
  expect(digest).toMatchObject({ dataDay: '2026-11-03', readAt: '2026-11-03T12:00:00.000Z' });
});

describe('M3: filters', () => {
  const inFrance = { sites: ['Zeta Clinic, Bergen, Norway', 'Hôpital Nord, Lille, France'] };

  it('M3: a trial that comes to pass them is told as new, one that no longer does as gone, others not', async () => {
    world = await openWorld({ days: [firstDay] });
    await world.subscribe('ann@example.net', { conditions: ['asthma'], facets: ['sites', 'status'] });
    await world.subscribe('bob@example.net', { conditions: ['asthma'], facets: ['sites', 'status'] });
    const { db } = world.context;
    await sql`update subscriptions s set filters = jsonb_build_object('country',
      case when id = (select min(id) from subscriptions) then 'France' else 'Peru' end)`.execute(db);
    const kinds = async () => {
      const { rows } = await sql<{ id: number; kind: string }>`
        select subscriber_id as id, kind from digest_items order by change_id`.execute(db);
      return rows.map(({ kind }) => kind);
    };
    await pollOn(world, 3, { NCT09900001: inFrance });
    world.setNow('2026-11-09T09:00:00Z');
    expect((await planDigests(world.context)).deliveryIds).toHaveLength(1);
    expect(await kinds()).toEqual(['entered']);
    expect((await digests(world))[0]?.trials[0]?.kind).toBe('entered');
    await pollOn(world, 10, { NCT09900001: {} });
    world.setNow('2026-11-16T09:00:00Z');
    expect((await planDigests(world.context)).deliveryIds).toHaveLength(1);
    expect(await kinds()).toEqual(['entered', 'left']);
    await pollOn(world, 17, { NCT09900001: { status: 'SUSPENDED' } });
    world.setNow('2026-11-23T09:00:00Z');
    expect((await planDigests(world.context)).deliveryIds).toHaveLength(0);
  });
});

describe('D12: immediate', () => {
  it('D12: a release wakes it by day; at night it is held until 08:00 in the reader’s zone', async () => {
    world = await openWorld({ days: [firstDay] });
    const wish: Wish = { trials: ['NCT09900001'], frequency: 'immediate' };
    await world.subscribe('ann@example.net', { ...wish, timezone: 'UTC' });
    await world.subscribe('eve@example.net', { ...wish, timezone: 'Asia/Tokyo' });
    await world.subscribe('zoe@example.net', { ...wish, facets: ['results'] });
    expect((await planDigests(world.context)).deliveryIds).toEqual([]);
    // Noon in UTC is 21:00 in Tokyo.
    await pollOn(world, 3, { NCT09900001: { status: 'SUSPENDED' } });
    expect((await planDigests(world.context)).deliveryIds).toHaveLength(1);
    const people = await world.context.db
      .selectFrom('subscribers')
      .select('next_due_at')
      .orderBy('id')
      .execute();
    expect(people.map(({ next_due_at }) => next_due_at)).toEqual([null, '2026-11-03T23:00:00.000Z', null]);
    world.setNow('2026-11-03T22:59:59Z');
    expect((await planDigests(world.context)).deliveryIds).toHaveLength(0);
    world.setNow('2026-11-03T23:00:00Z');
    expect((await planDigests(world.context)).deliveryIds).toHaveLength(1);
    expect((await digests(world)).map(told)).toEqual([
      ['NCT09900001 status RECRUITING > SUSPENDED'],
      ['NCT09900001 status RECRUITING > SUSPENDED'],
    ]);
  });
});
