import { sql } from 'kysely';
import type { Change } from '../../core/change.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/**
 * A detected change to store with its topics. `otherTopics`: topics that the trial had before (`entered`) or
 * still has (`left`).
 */
export type DetectedChange = {
  trialId: number;
  version: number;
  change: Change;
  weight: number;
  topics: string[];
  otherTopics: string[] | null;
  /**
   * The record kept its update date; the trial lost every value of the facet; the registry's calendar changed
   * the status.
   */
  silent: boolean;
  emptied: boolean;
  byCalendar: boolean;
  /** The record now belongs to another trial (N5): it is held whatever the rest of its run looks like. */
  otherTrial: boolean;
};

/** Stores changes as pending: nobody is notified of them before their release. */
export async function writeChanges(
  tx: Tx,
  changes: DetectedChange[],
  how: { runId: number; detectedAt: Instant },
): Promise<void> {
  if (changes.length === 0) return;
  const text = (of: (change: DetectedChange) => unknown) => changes.map(of);
  await sql`
    insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, other_topics, silent,
      emptied, by_calendar, other_trial, detected_at)
    select r.trial_id, r.version, ${how.runId}::bigint, r.facet, r.kind, r.change::jsonb, r.weight,
      string_to_array(r.topics, E'\n'), string_to_array(r.other_topics, E'\n'), r.silent,
      r.emptied, r.by_calendar, r.other_trial, ${how.detectedAt}::timestamptz
    from unnest(${text((c) => c.trialId)}::bigint[], ${text((c) => c.version)}::int[],
      ${text((c) => c.change.facet)}::text[], ${text((c) => c.change.kind)}::text[],
      ${text((c) => JSON.stringify(c.change))}::text[], ${text((c) => c.weight)}::int[],
      ${text((c) => c.topics.join('\n'))}::text[], ${text((c) => c.otherTopics?.join('\n') ?? null)}::text[],
      ${text((c) => c.silent)}::boolean[], ${text((c) => c.emptied)}::boolean[], ${text((c) => c.byCalendar)}::boolean[],
      ${text((c) => c.otherTrial)}::boolean[])
      with ordinality as r (trial_id, version, facet, kind, change, weight, topics, other_topics, silent, emptied,
        by_calendar, other_trial, n)
    order by r.n`.execute(tx);
}

/** Locks the counter of positions until the transaction ends, so that releases and decisions are serialized. */
export async function lockPositions(tx: Tx): Promise<number> {
  const { rows } = await sql<{ value: number }>`
    select value from counters where name = 'position' for update`.execute(tx);
  return rows[0]?.value ?? 0;
}

/**
 * Releases the pending changes of a registry, including those of interrupted runs; only those in `ids` if
 * given. Each gets its position under a lock on the counter, so that positions become visible in order.
 * Readers of immediate mail become due. Returns the number released.
 */
export async function releaseChanges(
  tx: Tx,
  registry: string,
  now: Instant,
  ids: number[] | null = null,
): Promise<number> {
  const position = await lockPositions(tx);
  const { rows: released } = await sql<{ position: number }>`
    update changes c set state = 'released', position = ${position} + w.n, released_at = ${now}::timestamptz
    from (
      select c.id, row_number() over (order by c.id) as n
      from changes c join runs r on r.id = c.run_id
      where c.state = 'pending' and r.registry = ${registry}
        and (${ids}::bigint[] is null or c.id = any(${ids}::bigint[]))
    ) w
    where w.id = c.id
    returning c.position`.execute(tx);
  if (released.length === 0) return 0;
  const last = released.reduce((highest, row) => Math.max(highest, row.position), 0);
  const first = last - released.length + 1;
  await sql`update counters set value = ${last} where name = 'position'`.execute(tx);
  await sql`
    insert into topic_changes (topic, position)
    select distinct t.topic, c.position from changes c cross join lateral unnest(c.topics) as t (topic)
    where c.position between ${first} and ${last}`.execute(tx);
  await wakeImmediate(tx, first, last, now);
  return released.length;
}

/**
 * Makes the immediate subscribers of these changes' topics due; the planner respects quiet hours. Waits while a
 * person is being planned: that planning did not see these changes, and sets the next due time at its end.
 */
async function wakeImmediate(tx: Tx, first: number, last: number, now: Instant): Promise<void> {
  // By topic, and not by overlap of arrays: a large release has hundreds of thousands of topics.
  const isWoken = sql<boolean>`s.frequency = 'immediate' and s.state = 'active' and s.position is not null
    and exists (select from unnest(s.topics) as t (topic)
      join topic_changes tc on tc.topic = t.topic and tc.position between ${first} and ${last})`;
  const { rows } = await sql<{ id: number }>`
    select p.id from subscribers p where p.id in (select s.subscriber_id from subscriptions s where ${isWoken})
    order by p.id for update`.execute(tx);
  if (rows.length === 0) return;
  const ids = rows.map((row) => row.id);
  await sql`update subscriptions s set next_due_at = least(s.next_due_at, ${now}::timestamptz)
    where s.subscriber_id = any(${ids}::bigint[]) and ${isWoken}`.execute(tx);
  await sql`update subscribers set next_due_at = least(next_due_at, ${now}::timestamptz)
    where id = any(${ids}::bigint[])`.execute(tx);
}

/** The position of the newest released change, where a new subscription begins. */
export async function readHorizon(db: Db | Tx): Promise<number> {
  const { rows } = await sql<{ value: number }>`select value from counters where name = 'position'`.execute(
    db,
  );
  return rows[0]?.value ?? 0;
}
