import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Cadence, Frequency } from '../../core/schedule.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { listPendingLists, type PendingList } from '../lists/list-follows.ts';
import { awaitWelcome } from './note-schedule.ts';
import { readMailClock } from './subscription-state.ts';
import { refreshNextDue } from './subscriptions.ts';

/** A subscription that waits for its confirmation. `note` is encrypted. */
export type PendingSubscription = {
  kind: 'trial' | 'condition';
  registry: string;
  registryId: string | null;
  /** The trial's title, if it is stored. */
  title: string | null;
  words: string;
  conceptTerm: string | null;
  filters: SubscriptionFilters;
  facets: Facet[];
  frequency: Frequency;
  note: Buffer | null;
};

/**
 * A person's pending subscriptions and lists, oldest first, with their hour and zone; null if there is no such person.
 */
export async function listPending(
  db: Db | Tx,
  subscriberId: number,
): Promise<{ hour: number; timezone: string; choices: PendingSubscription[]; lists: PendingList[] } | null> {
  const clock = await readMailClock(db, subscriberId);
  if (!clock) return null;
  const { rows } = await sql<PendingSubscription>`
    select s.kind, s.registry, s.registry_id as "registryId", t.title, s.words, s.concept_term as "conceptTerm",
      s.filters, s.facets, s.frequency, s.note
    from subscriptions s left join trials t on t.registry = s.registry and t.registry_id = s.registry_id
    where s.subscriber_id = ${subscriberId} and s.state = 'pending' order by s.id`.execute(db);
  return { ...clock, choices: rows, lists: await listPendingLists(db, subscriberId) };
}

/** A pending subscription being confirmed, with the inputs of its first due time. */
export type ConfirmedSubscription = Cadence & { id: number; addedBy: 'reader' | 'admin' };

/** Locks a person's pending subscriptions, oldest first. */
export async function lockPending(tx: Tx, subscriberId: number): Promise<ConfirmedSubscription[]> {
  const { rows } = await sql<ConfirmedSubscription>`
    select s.id, s.added_by as "addedBy", s.frequency, s.weekday, p.hour, p.timezone
    from subscriptions s join subscribers p on p.id = s.subscriber_id
    where p.id = ${subscriberId} and s.state = 'pending' order by s.id for update`.execute(tx);
  return rows;
}

/** Makes a person's pending subscriptions active, each with its consent (P4). */
export async function activatePending(
  tx: Tx,
  subscriberId: number,
  confirmed: readonly { id: number; nextDueAt: Instant | null; way: string }[],
  consent: { wordingVersion: string; wordingHash: string; minAge: number },
  now: Instant,
): Promise<void> {
  const ids = confirmed.map(({ id }) => id);
  const dueAts = confirmed.map(({ nextDueAt }) => nextDueAt);
  await sql`
    update subscriptions s set state = 'active', active_at = ${now}, next_due_at = d.due_at, welcome_due = true
    from unnest(${ids}::bigint[], ${dueAts}::timestamptz[]) as d (id, due_at) where s.id = d.id`.execute(tx);
  await sql`
    insert into consents (subscription_id, wording_version, wording_hash, way, min_age, given_at)
    select id, ${consent.wordingVersion}, ${consent.wordingHash}, way, ${consent.minAge}::smallint, ${now}::timestamptz
    from unnest(${ids}::bigint[], ${confirmed.map(({ way }) => way)}::text[]) as c (id, way)`.execute(tx);
  await refreshNextDue(tx, [subscriberId]);
  await awaitWelcome(tx, subscriberId, now);
}
