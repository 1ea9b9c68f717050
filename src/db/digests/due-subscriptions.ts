import { type RawBuilder, sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { FollowedSubscription } from '../../core/digests/compose.ts';
import type { Frequency } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import { planOnce, type Tx } from '../connect.ts';
import { numberArray } from '../number-array.ts';

/** A person who is due for a digest, with their settings. */
export type DueSubscriber = {
  id: number;
  timezone: string;
  hour: number;
  language: string;
  dueAt: Instant;
  /** The most digests in 7 days that they want; null without a limit. */
  weeklyCap: number | null;
  /** News up to this position waits for that limit; null if none does. */
  cappedPosition: number | null;
};

/** What a subscription follows, and from which position: the same for many people. */
export type Follow = Omit<FollowedSubscription, 'id' | 'words' | 'watchingSince'> & {
  facets: Facet[];
  position: number;
};

/** A subscription that is due. `followKey` is the same for all with the same `Follow`. */
export type DueSubscription = FollowedSubscription &
  Follow & {
    subscriberId: number;
    frequency: Frequency;
    weekday: number;
    followKey: string;
    /** Another of the person's subscriptions is ahead. */
    isBehind: boolean;
  };

/** What subscriptions follow, by their keys: kept, so that each is read only once. */
export type KnownFollows = Map<string, KnownFollow>;
type KnownFollow = Follow & { followKey: string };

/**
 * Takes a batch of due subscribers for this transaction; skips those that another planner holds. The transaction then
 * finds everything by its index: for some hundred rows of a small table PostgreSQL would read all of it, or all of an
 * index.
 */
export async function takeDueSubscribers(tx: Tx, now: Instant, limit: number): Promise<DueSubscriber[]> {
  await sql`select set_config('enable_seqscan', 'off', true), set_config('random_page_cost', '1.1', true)`.execute(
    tx,
  );
  const { rows } = await sql<DueSubscriber>`${planOnce}
    select id, timezone, hour, language, next_due_at as "dueAt", weekly_cap as "weeklyCap",
      capped_position as "cappedPosition"
    from subscribers where next_due_at <= ${now}
    order by next_due_at, id limit ${limit} for update skip locked`.execute(tx);
  return rows;
}

/**
 * The due subscriptions of these subscribers. If news waited for somebody's limit, all of theirs are: the digest that
 * may go at last has everything.
 */
export function listDueSubscriptions(
  tx: Tx,
  subscribers: readonly Pick<DueSubscriber, 'id' | 'cappedPosition'>[],
  now: Instant,
  known?: KnownFollows,
): Promise<DueSubscription[]> {
  const ids = subscribers.map(({ id }) => id);
  const waiting = subscribers.flatMap(({ id, cappedPosition }) => (cappedPosition === null ? [] : id));
  return listSubscriptions(
    tx,
    sql`subscriber_id = any(${numberArray(ids)}::bigint[])`,
    sql`state = 'active' and (next_due_at <= ${now} or subscriber_id = any(${numberArray(waiting)}::bigint[]))`,
    known,
  );
}

/** The subscriptions of some people, or those with some ids, for which a condition holds. */
export async function listSubscriptions(
  tx: Tx,
  among: RawBuilder<unknown>,
  condition: RawBuilder<unknown>,
  known: KnownFollows = new Map(),
): Promise<DueSubscription[]> {
  const { rows } = await sql<Omit<DueSubscription, keyof Follow>>`${planOnce}
    select id, subscriber_id as "subscriberId", words, frequency, weekday, watching_since as "watchingSince",
      coalesce(position < furthest, false) as "isBehind", ${followKey} as "followKey"
    from (
      select *, max(position) over (partition by subscriber_id) as furthest from subscriptions where ${among}) s
    where ${condition} order by id`.execute(tx);
  // Another batch may let go of what is kept while this one reads.
  const follows = new Map(rows.map(({ id, followKey: key }) => [id, known.get(key)]));
  const missing = rows.filter(({ id }) => !follows.get(id)).map(({ id }) => id);
  for (const { id, ...follow } of await readFollows(tx, missing)) {
    known.set(follow.followKey, follow);
    follows.set(id, follow);
  }
  return rows.flatMap((row) => {
    const follow = follows.get(row.id);
    return follow ? { ...row, ...follow } : [];
  });
}

/** The same for all subscriptions that follow the same from the same position: short, since each has one. */
const followKey = sql<string>`concat_ws(' ', position, md5(row(kind, concept_id, concept_term, phrases, topics, filters,
  exclusions, facets)::text))`;

async function readFollows(tx: Tx, ids: readonly number[]): Promise<(KnownFollow & { id: number })[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<KnownFollow & { id: number }>`
    select id, ${followKey} as "followKey", kind, concept_id as "conceptId", concept_term as "conceptTerm", phrases, topics,
      filters, exclusions, facets, position
    from subscriptions where id = any(${numberArray(ids)}::bigint[])`.execute(tx);
  return rows;
}
