import fc from 'fast-check';
import { sql } from 'kysely';
import type { TrialStatus } from '../../src/core/trial.ts';
import { rollbackAlways } from '../../src/db/admin/rollback-always.ts';
import { loadNewestTrials, TrialCache } from '../../src/db/catalog/versions.ts';
import type { Tx } from '../../src/db/connect.ts';
import { takeDueSubscribers } from '../../src/db/digests/due-subscriptions.ts';
import type { Shared } from '../../src/jobs/digests/compose-due.ts';
import { type FollowGroups, openFollowGroups } from '../../src/jobs/digests/follow-groups.ts';
import { planFor } from '../../src/jobs/digests/plan.ts';
import { readDigests } from './digest-contents.ts';
import type { World } from './world.ts';

const now = '2026-11-04T09:00:00.000Z';
/** What happened before is noticed after a second. */
const later = '2026-11-04T09:00:01.000Z';
const topics = [
  'trial:ctgov:NCT09900001',
  'trial:ctgov:NCT09900002',
  'concept:D001249',
  'phrase:-:chronic cough',
];
const filters = [
  {},
  { country: 'Germany' },
  { place: { lat: 51.3, lon: 12.4, km: 100, name: 'Leipzig, Germany' } },
];
const exclusions = [
  [{ by: 'concept', words: 'Asthma', trial: 'NCT09900001' }],
  [{ by: 'concept', words: 'Asthma' }],
  [{ by: 'phrase', words: 'chronic cough' }],
];
const turns = [
  ['status', 'status', 'RECRUITING', 'SUSPENDED'],
  ['status', 'status', 'SUSPENDED', 'RECRUITING'],
  ['enrollment', 'enrollment', 40, 60],
  ['registration', 'entered', null, null],
] as const;

const allFacets = ['status', 'registration', 'enrollment'];

const follow = fc.record({
  topic: fc.constantFrom(0, 2, 2, 3),
  // The words may or may not be a phrase that a trial matches by.
  words: fc.constantFrom('Chronic cough', 'chronic cough', 'what I have'),
  filters: fc.constantFrom({}, {}, ...filters),
  exclusions: fc.constantFrom(null, null, null, ...exclusions),
  facets: fc.constantFrom(...[allFacets, allFacets, allFacets, ['status']]),
  position: fc.constantFrom(0, 0, 0, 1),
  state: fc.constantFrom('active', 'active', 'active', 'paused'),
});
/** Follows each of these topics from the beginning. */
const several = topics.map((_, topic) => ({
  ...{
    topic,
    words: 'Chronic cough',
    filters: {},
    exclusions: null,
    facets: allFacets,
    position: 0,
    state: 'active',
  },
}));

/** People, what they follow and what they were told before; changes; and what happens between two batches. */
export const someDue = fc.record({
  changes: fc.array(
    fc.record({
      trial: fc.integer({ min: 1, max: 4 }),
      turn: fc.constantFrom(...turns),
      /** Or the one that has the trial's number. */
      topics: fc.option(fc.subarray(topics, { minLength: 1 }), { freq: 1 }),
    }),
    { minLength: 1, maxLength: 6, size: 'max' },
  ),
  people: fc.array(
    fc.record({
      timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
      follows: fc.oneof(
        fc.array(follow, { minLength: 1, maxLength: 2 }),
        fc.subarray(several, { minLength: 3 }),
      ),
      waited: fc.constantFrom(null, null, null, 1),
      told: fc.subarray([1, 4], { maxLength: 1 }),
    }),
    { minLength: 6, maxLength: 10 },
  ),
  between: fc.constantFrom('nothing', 'a new version', 'a held change', 'a release'),
});
type SomeDue = typeof someDue extends fc.Arbitrary<infer T> ? T : never;

/**
 * Plans these people in two batches, and returns all that it wrote, by person. Groups are remembered, and shown after
 * each batch, with the number of digests of several contents; with null everybody is planned alone.
 */
export async function planWay(
  world: World,
  due: SomeDue,
  afterBatch: ((groups: FollowGroups, combined: number) => void) | null,
): Promise<unknown> {
  return rollbackAlways(world.context.db, async (tx) => {
    await fill(tx, due);
    const groups = afterBatch && openFollowGroups();
    const shared: Shared = { trials: new TrialCache(), nextTimes: new Map(), groups };
    const how = { registry: 'ctgov', dataDay: '2026-11-03', readAt: now };
    const half = Math.ceil(due.people.length / 2);
    for (const [at, size] of [
      [now, half],
      [later, due.people.length],
    ] as const) {
      const { failed, publish } = await planFor(tx, await takeDueSubscribers(tx, now, size), shared, {
        ...how,
        now: at,
      });
      if (failed.size > 0) throw new Error([...failed.values()][0]);
      publish();
      if (groups) afterBatch?.(groups, await countCombined(tx));
      if (size === half) await happen(tx, due.between);
    }
    return readWritten(tx);
  });
}

async function fill(tx: Tx, { changes, people }: SomeDue): Promise<void> {
  for (const [n, { trial, turn, topics: some }] of changes.entries()) {
    const [facet, kind, before, after] = turn;
    const reached = some ?? topics.slice(trial - 1, trial);
    await addVersion(tx, trial, { status: kind === 'status' ? after : 'RECRUITING' });
    await sql`insert into changes (id, trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
      overriding system value
      select ${n + 1}, id, version, 1, ${facet}, ${kind}, ${JSON.stringify({ facet, kind, before, after })}::jsonb, 1, ${reached}::text[],
        'released', ${n + 1}, ${now}, ${now} from trials where id = ${trial}`.execute(tx);
  }
  await sql`insert into topic_changes (topic, position) select distinct t, position from changes, unnest(topics) t`.execute(
    tx,
  );
  await sql`update counters set value = ${changes.length} where name = 'position'`.execute(tx);
  let last = 0;
  for (const [n, { timezone, follows, told, waited }] of people.entries()) {
    await sql`insert into subscribers (id, address, address_hash, language, timezone, hour, capped_position, next_due_at, created_at)
      overriding system value values (${n + 1}, int4send(${n}), int4send(${n}), 'en', ${timezone}, 9, ${waited}, ${now}, ${now})`.execute(
      tx,
    );
    for (const one of follows) {
      const topic = topics[one.topic] ?? '';
      const [kind, registry, number] = topic.split(':');
      last += 1;
      await sql`insert into subscriptions (id, subscriber_id, state, kind, registry, registry_id, words, concept_id, concept_term, phrases,
          topics, filters, exclusions, facets, frequency, position, watching_since, next_due_at, created_at)
        overriding system value values (${last}, ${n + 1}, ${one.state}, ${kind === 'trial' ? 'trial' : 'condition'}, 'ctgov', ${kind === 'trial' ? number : null},
          ${kind === 'trial' ? number : one.words}, ${kind === 'concept' ? registry : null}, ${kind === 'concept' ? 'Asthma' : null},
          ${kind === 'phrase' ? ['chronic cough'] : []}::text[], ${[topic]}::text[], ${JSON.stringify(one.filters)}::jsonb, ${one.exclusions && JSON.stringify(one.exclusions)}::jsonb, ${one.facets}::text[],
          'daily', ${one.position}, ${now}::timestamptz - ${n} * interval '1 day', ${now}, ${now})`.execute(
        tx,
      );
    }
    for (const change of new Set(told).values())
      await sql`insert into digest_items (subscriber_id, change_id, subscription_id, digest_id, kind)
        select ${n + 1}, id, 1, case when id % 2 = 0 then 1000 + ${n} end, 'told' from changes where id = ${change}`.execute(
        tx,
      );
  }
}

/** Stores one more version of a trial, with this status; returns the status before it. */
export async function addVersion(
  tx: Tx,
  trial: number,
  parts: { status: unknown },
): Promise<TrialStatus | undefined> {
  const newest = (await loadNewestTrials(tx, [trial])).get(trial);
  await sql`insert into trial_versions (trial_id, version, hash, projection, trial, read_at, run_id)
    select id, version + 1, 'x', 1, ${JSON.stringify({ ...newest, status: parts.status })}::jsonb, ${now}, 1
    from trials where id = ${trial}`.execute(tx);
  await sql`update trials set version = version + 1 where id = ${trial}`.execute(tx);
  return newest?.status;
}

/** What another process commits between two batches. */
async function happen(tx: Tx, what: SomeDue['between']): Promise<void> {
  if (what === 'a new version') await addVersion(tx, 1, { status: 'COMPLETED' });
  if (what === 'a held change') {
    await addVersion(tx, 1, { status: 'WITHDRAWN' });
    await sql`insert into changes (id, trial_id, version, run_id, facet, kind, change, weight, topics, state, held_by, detected_at)
      overriding system value select 101, id, version, 1, 'status', 'status', '{"facet": "status", "kind": "status", "before": "RECRUITING", "after": "WITHDRAWN"}', 1,
        ${topics}::text[], 'held', 1, ${now} from trials where id = 1`.execute(tx);
  }
  if (what !== 'a release') return;
  await sql`with c as (
      insert into changes (id, trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
      overriding system value
      select 100, id, version, 1, 'status', 'status', '{"facet": "status", "kind": "status", "before": "RECRUITING", "after": "COMPLETED"}', 1,
        ${topics}::text[], 'released', (select value + 1 from counters where name = 'position'), ${now}, ${now} from trials where id = 2
      returning topics, position)
    insert into topic_changes (topic, position) select t, position from c, unnest(topics) t`.execute(tx);
  await sql`update counters set value = value + 1 where name = 'position'`.execute(tx);
}

/** The digests of several contents. */
async function countCombined(tx: Tx): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from digests where parts is not null`.execute(tx);
  return rows[0]?.n ?? 0;
}

async function readWritten(tx: Tx): Promise<unknown> {
  const digests = await readDigests(tx);
  const { rows: items } = await sql`
    select i.subscriber_id, i.change_id, i.subscription_id, i.kind,
      i.digest_id is null as is_silent from digest_items i order by 1, 2`.execute(tx);
  const { rows: people } = await sql`
    select p.id, p.next_due_at, p.last_digest_at, p.capped_position, (select count(*) from deliveries d join digests g on g.id = d.digest_id
        where d.subscriber_id = p.id and g.subscriber_id = p.id) as mails,
      array(select jsonb_build_object('position', s.position, 'next', s.next_due_at) from subscriptions s
        where s.subscriber_id = p.id order by s.id) as follows
    from subscribers p order by p.id`.execute(tx);
  // A content that was composed for an earlier batch says so.
  const contents = digests
    .map(({ subscriberId, plannedAt, content: { composedAt: _, ...content } }) => ({
      subscriberId,
      plannedAt,
      content,
    }))
    .sort((a, b) => a.subscriberId - b.subscriberId);
  return { contents, items, people };
}
