import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import { type Frequency, nextDueAt } from '../../core/schedule.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { awaitWelcome } from './note-schedule.ts';
import { refreshNextDue } from './subscriptions.ts';

/** A choice that waits for its confirmation. `note` is sealed. */
export type PendingSubscription = {
  kind: 'trial' | 'condition';
  registry: string;
  registryId: string | null;
  /** The trial's title, where it is stored. */
  title: string | null;
  words: string;
  conceptTerm: string | null;
  filters: SubscriptionFilters;
  facets: Facet[];
  frequency: Frequency;
  note: Buffer | null;
};

/** What a person chose and did not confirm yet, oldest first, with their hour and zone. */
export async function listPending(
  db: Db | Tx,
  subscriberId: number,
): Promise<{ hour: number; timezone: string; choices: PendingSubscription[] } | null> {
  const person = await db
    .selectFrom('subscribers')
    .select(['hour', 'timezone'])
    .where('id', '=', subscriberId)
    .executeTakeFirst();
  if (!person) return null;
  const { rows } = await sql<PendingSubscription>`
    select s.kind, s.registry, s.registry_id as "registryId", t.title, s.words, s.concept_term as "conceptTerm",
      s.filters, s.facets, s.frequency, s.note
    from subscriptions s left join trials t on t.registry = s.registry and t.registry_id = s.registry_id
    where s.subscriber_id = ${subscriberId} and s.state = 'pending' order by s.id`.execute(db);
  return { ...person, choices: rows };
}

/**
 * Makes everything active that waits for this person's confirmation, with the consent it rests on (P4), and works out
 * when each is due first. `wayForAdmins`: how what an admin added came to be confirmed. Returns how many.
 */
export async function activatePending(
  tx: Tx,
  subscriberId: number,
  consent: { wordingVersion: string; wordingHash: string; way: string; wayForAdmins: string; minAge: number },
  now: Instant,
): Promise<number> {
  const { rows } = await sql<{
    id: number;
    addedBy: 'reader' | 'admin';
    frequency: Frequency;
    weekday: number;
    hour: number;
    timezone: string;
  }>`
    select s.id, s.added_by as "addedBy", s.frequency, s.weekday, p.hour, p.timezone
    from subscriptions s join subscribers p on p.id = s.subscriber_id
    where p.id = ${subscriberId} and s.state = 'pending' order by s.id for update`.execute(tx);
  const ids = rows.map(({ id }) => id);
  const ways = rows.map(({ addedBy }) => (addedBy === 'admin' ? consent.wayForAdmins : consent.way));
  const dueAt = rows.map((row) => (row.frequency === 'immediate' ? null : nextDueAt({ ...row, after: now })));
  await sql`
    update subscriptions s set state = 'active', active_at = ${now}, next_due_at = d.due_at, welcome_due = true
    from unnest(${ids}::bigint[], ${dueAt}::timestamptz[]) as d (id, due_at) where s.id = d.id`.execute(tx);
  await sql`
    insert into consents (subscription_id, wording_version, wording_hash, way, min_age, given_at)
    select id, ${consent.wordingVersion}, ${consent.wordingHash}, way, ${consent.minAge}::smallint, ${now}::timestamptz
    from unnest(${ids}::bigint[], ${ways}::text[]) as c (id, way)`.execute(tx);
  await refreshNextDue(tx, [subscriberId]);
  await awaitWelcome(tx, subscriberId, now);
  return ids.length;
}
