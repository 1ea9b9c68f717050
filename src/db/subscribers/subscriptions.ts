import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { FollowedPhrase, Topic } from '../../core/matching/topics.ts';
import type { Cadence, Frequency } from '../../core/schedule.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import { type Db, planOnce, type Tx } from '../connect.ts';
import { numberArray } from '../number-array.ts';

/** A new subscription as requested. */
export type NewSubscription = {
  subscriberId: number;
  state: 'pending' | 'active';
  kind: 'trial' | 'condition';
  registry: string;
  registryId: string | null;
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  phrases: string[];
  topics: Topic[];
  filters: SubscriptionFilters;
  facets: Facet[];
  frequency: Frequency;
  nextDueAt: Instant | null;
  /** Encrypted (P12). */
  note?: Buffer | null;
  addedBy?: 'reader' | 'admin';
  now: Instant;
};

/**
 * Adds a subscription that is not watching yet: its cursor starts when its baseline is stored. Returns its
 * id.
 */
export async function addSubscription(tx: Tx, wanted: NewSubscription): Promise<number> {
  const { id } = await tx
    .insertInto('subscriptions')
    .values({
      subscriber_id: wanted.subscriberId,
      state: wanted.state,
      kind: wanted.kind,
      registry: wanted.registry,
      registry_id: wanted.registryId,
      words: wanted.words,
      concept_id: wanted.conceptId,
      concept_term: wanted.conceptTerm,
      phrases: wanted.phrases,
      topics: wanted.topics,
      filters: JSON.stringify(wanted.filters),
      facets: wanted.facets,
      frequency: wanted.frequency,
      position: null,
      watching_since: null,
      next_due_at: wanted.nextDueAt,
      weekday: 1,
      note: wanted.note ?? null,
      added_by: wanted.addedBy ?? 'reader',
      created_at: wanted.now,
      active_at: wanted.state === 'active' ? wanted.now : null,
      ended_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (wanted.state === 'active') await refreshNextDue(tx, [wanted.subscriberId]);
  return id;
}

/**
 * A person's living subscription to the same subject, with the same filters if given; null if there is none.
 */
export async function findSubscription(
  tx: Tx,
  subscriberId: number,
  topics: Topic[],
  filters: SubscriptionFilters | null = null,
): Promise<{ id: number; state: 'pending' | 'active' | 'paused' } | null> {
  const { rows } = await sql<{ id: number; state: 'pending' | 'active' | 'paused' }>`
    select id, state from subscriptions
    where subscriber_id = ${subscriberId} and state <> 'ended'
      and topics @> ${topics}::text[] and topics <@ ${topics}::text[]
      and (${filters === null} or filters = ${JSON.stringify(filters ?? {})}::jsonb)
    order by id limit 1`.execute(tx);
  return rows[0] ?? null;
}

/** Gives a pending subscription that is requested again the latest settings and a new waiting time. */
export async function renewPending(
  tx: Tx,
  id: number,
  choice: Pick<NewSubscription, 'words' | 'facets' | 'frequency' | 'nextDueAt' | 'addedBy' | 'now'> & {
    note: Buffer | null;
  },
): Promise<void> {
  await tx
    .updateTable('subscriptions')
    .set({
      words: choice.words,
      facets: choice.facets,
      frequency: choice.frequency,
      next_due_at: choice.nextDueAt,
      note: choice.note,
      added_by: choice.addedBy ?? 'reader',
      created_at: choice.now,
    })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute();
}

/** Makes a person's pending subscription active. */
export async function activateSubscription(
  tx: Tx,
  id: number,
  subscriberId: number,
  now: Instant,
): Promise<void> {
  await tx
    .updateTable('subscriptions')
    .set({ state: 'active', active_at: now })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute();
  await refreshNextDue(tx, [subscriberId]);
}

/** Makes a subscription that a followed list brought its reader's own: it stays when it leaves the list. True if it was. */
export async function makeOwn(tx: Tx, id: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('subscriptions')
    .set({ list_follow_id: null })
    .where('id', '=', id)
    .where('list_follow_id', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Records a person's consent and how it was given (P4). */
export async function addConsent(
  tx: Tx,
  consent: {
    subscriptionId: number;
    wordingVersion: string;
    wordingHash: string;
    way: string;
    minAge: number;
    givenAt: Instant;
  },
): Promise<void> {
  await tx
    .insertInto('consents')
    .values({
      subscription_id: consent.subscriptionId,
      wording_version: consent.wordingVersion,
      wording_hash: consent.wordingHash,
      way: consent.way,
      min_age: consent.minAge,
      given_at: consent.givenAt,
    })
    .execute();
}

/** Sets each subscriber's next due time to the earliest of their active subscriptions'. */
export async function refreshNextDue(tx: Tx, subscriberIds: number[]): Promise<void> {
  await sql`
    update subscribers p set next_due_at = (
      select min(next_due_at) from subscriptions s where s.subscriber_id = p.id and s.state = 'active')
    where p.id = any(${subscriberIds}::bigint[])`.execute(tx);
}

/** Active subscriptions made after an instant and due later than they were made, except immediate ones. */
export async function listMadeLater(
  tx: Tx,
  instant: Instant,
): Promise<(Cadence & { id: number; subscriberId: number })[]> {
  const { rows } = await sql<Cadence & { id: number; subscriberId: number }>`
    select s.id, s.subscriber_id as "subscriberId", s.frequency, s.weekday, p.hour, p.timezone
    from subscriptions s join subscribers p on p.id = s.subscriber_id
    where s.state = 'active' and s.frequency <> 'immediate' and s.created_at > ${instant}
      and s.next_due_at > s.created_at`.execute(tx);
  return rows;
}

/** All topics that people or webhooks follow, and every followed phrase, for matching new versions. */
export async function readFollowed(
  db: Db,
  registry: string,
): Promise<{ topics: Set<Topic>; phrases: FollowedPhrase[] }> {
  const { rows } = await sql<{ topic: Topic; watched: boolean }>`
    select t.topic, bool_or(s.position is not null
      and (s.kind = 'trial' or s.registry = ${registry} or ${registry} = any(s.baselines))) as watched
    from subscriptions s cross join lateral unnest(s.topics) as t (topic)
    where s.state in ('pending', 'active', 'paused') group by t.topic
    union all
    select distinct t.topic, true from webhooks w cross join lateral unnest(w.topics) as t (topic)
    where w.ended_at is null`.execute(db);
  const phrases = rows.flatMap(({ topic }): FollowedPhrase[] => {
    const [kind, conceptId, ...words] = topic.split(':');
    if (kind !== 'phrase' || conceptId === undefined) return [];
    return [{ topic, phrase: words.join(':'), conceptId: conceptId === '-' ? null : conceptId }];
  });
  return { topics: new Set(rows.filter((row) => row.watched).map((row) => row.topic)), phrases };
}

/** Sets when subscriptions are next due, and moves their cursors to the horizon, if given. */
export async function setNextDue(
  tx: Tx,
  times: { id: number; nextDueAt: Instant | null }[],
  horizon: number | null = null,
): Promise<void> {
  if (times.length === 0) return;
  // People share few due times.
  const dues = [...new Set(times.map(({ nextDueAt }) => nextDueAt))];
  const places = times.map(({ nextDueAt }) => dues.indexOf(nextDueAt) + 1);
  await sql`${planOnce}
    update subscriptions s set position = coalesce(${horizon}::bigint, position), next_due_at = (${dues}::timestamptz[])[t.due]
    from unnest(${numberArray(times.map(({ id }) => id))}::bigint[], ${numberArray(places)}::int[]) as t (id, due)
    where t.id = s.id`.execute(tx);
}
