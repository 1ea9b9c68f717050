import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Frequency } from '../../core/schedule.ts';
import type { Exclusion } from '../../core/subscriptions/exclusions.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Instant, TrialStatus } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** A subscription as its owner sees it. Note and list name are still encrypted (P12). */
export type Followed = {
  id: number;
  state: 'pending' | 'active' | 'paused' | 'ended';
  kind: 'trial' | 'condition';
  registry: string | null;
  registryId: string | null;
  /** The trial's title, if its record is stored. */
  title: string | null;
  /** The trial's status, if its record is stored. */
  status: TrialStatus | null;
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  phrases: string[];
  topics: string[];
  filters: SubscriptionFilters;
  exclusions: Exclusion[] | null;
  facets: Facet[];
  frequency: Frequency;
  weekday: number;
  watchingSince: Instant | null;
  nextDueAt: Instant | null;
  createdAt: Instant;
  activeAt: Instant | null;
  endedAt: Instant | null;
  pausedUntil: Instant | null;
  note: Buffer | null;
  noteInMails: boolean;
  listName: Buffer | null;
  /** The followed list that brought it; null if its owner follows it alone. */
  listFollowId: number | null;
};

/**
 * A person's active and paused subscriptions; with `endedSince`, also those stopped after it. Oldest first.
 */
export async function listFollowed(
  db: Db | Tx,
  subscriberId: number,
  endedSince: Instant | null = null,
): Promise<Followed[]> {
  const { rows } = await sql<Followed>`
    select s.id, s.state, s.kind, s.registry, s.registry_id as "registryId", t.title, t.status, s.words,
      s.concept_id as "conceptId", s.concept_term as "conceptTerm", s.phrases, s.topics, s.filters, s.exclusions, s.facets, s.frequency,
      s.weekday, s.watching_since as "watchingSince", s.next_due_at as "nextDueAt", s.created_at as "createdAt",
      s.active_at as "activeAt", s.ended_at as "endedAt", s.paused_until as "pausedUntil", s.note,
      s.note_in_mails as "noteInMails", s.list_name as "listName", s.list_follow_id as "listFollowId"
    from subscriptions s left join trials t on t.registry = s.registry and t.registry_id = s.registry_id
    where s.subscriber_id = ${subscriberId}
      and (s.state in ('active', 'paused') or (s.state = 'ended' and s.ended_at > ${endedSince}::timestamptz))
    order by s.id`.execute(db);
  return rows;
}

/** The trial of a person's subscription; null if it follows a condition, or does not exist. */
export async function findFollowedTrial(
  db: Db,
  reader: { id: number; generation: number },
  subscriptionId: number,
): Promise<string | null> {
  const { rows } = await sql<{ id: string | null }>`
    select s.registry_id as id from subscriptions s join subscribers p on p.id = s.subscriber_id
    where s.id = ${subscriptionId} and s.kind = 'trial' and p.id = ${reader.id}
      and p.link_generation = ${reader.generation}`.execute(db);
  return rows[0]?.id ?? null;
}

/** The person for whom links of a generation were derived; null if there is none, or no longer. */
export async function findByLink(
  db: Db | Tx,
  link: { id: number; generation: number },
): Promise<{ id: number; timezone: string } | null> {
  const row = await db
    .selectFrom('subscribers')
    .select(['id', 'timezone'])
    .where('id', '=', link.id)
    .where('link_generation', '=', link.generation)
    .executeTakeFirst();
  return row ?? null;
}
