import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { loadNewestTrials, TrialCache } from '../../../src/db/catalog/versions.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { planTurn } from '../../../src/jobs/digests/plan-turn.ts';
import type { Payload } from '../../../src/queue/table.ts';
import { deliveriesOf } from '../../support/send-jobs.ts';
import { seeStatements } from '../../support/statements-seen.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();

/** A world in which so many people are owed a digest each, of a trial that changed and of one of its sisters. */
async function openCrowd(people: number): Promise<World> {
  const ids = ['NCT09900001', 'NCT09900002'];
  const world = await openWorld({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: ids.map((id) => study(id)) }],
  });
  const { db } = world.context;
  await world.subscribe('ann@example.net', { trials: ids });
  const copied = sql`'en', 'UTC', 9, now(), now()`;
  await sql`insert into subscribers (address, address_hash, language, timezone, hour, next_due_at, created_at)
    select int4send(n), int4send(n), ${copied} from generate_series(2, ${people}) n`.execute(db);
  await sql`insert into subscriptions (subscriber_id, state, kind, registry, registry_id, words, topics, facets, frequency,
      position, watching_since, next_due_at, created_at)
    select p.id, s.state, s.kind, s.registry, s.registry_id, s.words, s.topics, s.facets, s.frequency, s.position,
      s.watching_since, s.next_due_at, s.created_at
    from subscribers p, subscriptions s where p.id <> s.subscriber_id`.execute(db);
  await sql`update subscribers p set next_due_at = (
    select min(next_due_at) from subscriptions s where s.subscriber_id = p.id)`.execute(db);
  world.refresh(
    '2026-11-03T09:00:04',
    ids.map((id) => study(id, { status: 'SUSPENDED', updatedOn: '2026-11-03' })),
  );
  world.setNow('2026-11-03T12:00:00Z');
  await world.poll();
  world.setNow('2026-11-04T09:00:00Z');
  return world;
}

it('R5, D1: many more than one transaction holds are promised one digest each, with all of it', async () => {
  const people = 3_200;
  const world = await openCrowd(people);
  const { db } = world.context;
  const { deliveryIds, failed } = await planDigests(world.context);
  expect(failed).toBe(0);
  expect(new Set(deliveryIds).size).toBe(people);
  const { rows } = await sql`select count(*) as digests, count(distinct subscriber_id) as people,
    sum(jsonb_array_length(parts->'of')) as trials, (select count(*) from digest_contents) as contents,
    max(pg_column_size(parts)) < 400 as small, (select count(*) from digest_items) as items,
    (select count(*) from subscriptions where position = (select value from counters)) as moved,
    (select count(*) from subscribers where next_due_at = '2026-11-05T09:00:00Z' and last_digest_at = '2026-11-04T09:00:00Z') as done
    from digests`.execute(db);
  const twice = 2 * people;
  expect(rows).toEqual([
    // The news of each trial is stored once, by the first transaction.
    {
      ...{ digests: people, people, trials: twice, contents: 2, small: true },
      ...{ items: twice, moved: twice, done: people },
    },
  ]);
  expect((await planDigests(world.context)).deliveryIds).toEqual([]);
});

it('R5: what planning asks of the database grows with its transactions, not with people or what they follow', async () => {
  const world = await openCrowd(1_500);
  const { context, take } = seeStatements(world.context);
  await planDigests(context);
  const statements = take();
  const count = (pattern: RegExp) => statements.filter((one) => pattern.test(one)).length;
  // The planners that work at once may share out the last people among them, or find nobody.
  const transactions = count(/from subscribers where next_due_at <= .* skip locked/);
  const withPeople = count(/from counters/);
  expect(transactions).toBeLessThanOrEqual(3 + 3);
  // Ten statements each, or three if nobody is due; eight more read what is followed and the trials and store their
  // news, once.
  expect(statements.length).toBe(8 + 10 * withPeople + 3 * (transactions - withPeople));
  expect(count(/insert into|update \w+ \w set/)).toBe(3 * withPeople + 1);
});

it('digests that do not fit into a tick’s time are planned by the next, those due longest first', async () => {
  const world = await openCrowd(1_100);
  const { db } = world.context;
  await sql`update subscribers set next_due_at = next_due_at - id * interval '1 second'`.execute(db);
  let nowMs = Date.parse('2026-11-04T09:00:00Z');
  const enqueued: [name: string, count: number][] = [];
  // Each look at the clock finds that 6 seconds have passed: a tick has time for one batch.
  const slow = world.another({
    now: () => {
      nowMs += 6_000;
      return new Date(nowMs).toISOString();
    },
    enqueue: async (name, payloads) => {
      const jobs = [payloads].flat();
      enqueued.push([name, name === 'send' ? deliveriesOf(jobs as Payload<'send'>[]).length : jobs.length]);
      return true;
    },
  });
  const planned = async () =>
    (await sql<{ id: number }>`select subscriber_id as id from digests`.execute(db)).rows;
  await planTurn(slow);
  expect(enqueued).toEqual([
    ['send', 500],
    ['plan', 1],
  ]);
  expect((await planned()).every(({ id }) => id > 600)).toBe(true);
  await planTurn(slow);
  await planTurn(slow);
  expect(await planned()).toHaveLength(1_100);
});

it('D10: a failure in one of several transactions loses nothing: the next planning continues', async () => {
  const world = await openCrowd(3_200);
  const { db } = world.context;
  // The last person cannot be written to.
  await sql`alter table digests add constraint nobody check (subscriber_id <> (3200)) not valid`.execute(db);
  await expect(planDigests(world.context)).rejects.toThrow('nobody');
  await sql`alter table digests drop constraint nobody`.execute(db);
  await planDigests(world.context);
  const { rows } = await sql`select count(*) as digests, count(distinct subscriber_id) as people,
    (select count(*) from deliveries) as mails from digests`.execute(db);
  expect(rows).toEqual([{ digests: 3_200, people: 3_200, mails: 3_200 }]);
});

it('trials that another transaction pushes out of the cache meanwhile are there all the same', async () => {
  const world = await openCrowd(1);
  const { db } = world.context;
  const cache = new TrialCache();
  const ids = (await db.selectFrom('trials').select('id').execute()).map(({ id }) => id);
  const read = await loadNewestTrials(db, ids, cache);
  expect(read.size).toBe(2);
  const again = loadNewestTrials(db, ids, cache);
  cache.clear();
  expect(await again).toEqual(read);
  await sql`update trials set version = 1 where id = ${ids[0]}`.execute(db);
  const [older] = await world.versions('NCT09900001');
  expect((await loadNewestTrials(db, ids, cache)).get(ids[0] ?? -1)).toEqual(older);
});
