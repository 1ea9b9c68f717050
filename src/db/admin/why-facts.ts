import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { FollowFacts } from '../../core/why/facts.ts';
import type { Tx } from '../connect.ts';

/** A person's zone, hour and weekly limit; null if there is no such person. */
export async function readClock(
  tx: Tx,
  subscriberId: number,
): Promise<{ id: number; timezone: string; hour: number; weeklyCap: number | null } | null> {
  const row = await tx
    .selectFrom('subscribers')
    .select(['id', 'timezone', 'hour', 'weekly_cap as weeklyCap'])
    .where('id', '=', subscriberId)
    .executeTakeFirst();
  return row ?? null;
}

/** A person's subscriptions in every state, oldest first, with everything that decides what they tell. */
export async function listSubscriptionFacts(tx: Tx, subscriberId: number): Promise<FollowFacts[]> {
  const { rows } = await sql<FollowFacts & { facets: Facet[] }>`
    select id, kind, words, concept_id as "conceptId", concept_term as "conceptTerm", phrases, topics, filters, exclusions,
      watching_since as "watchingSince", state, facets, frequency, weekday, position, next_due_at as "nextDueAt",
      created_at as "createdAt", ended_at as "endedAt", paused_until as "pausedUntil", (
        select l.name from list_follows f join lists l on l.id = f.list_id where f.id = list_follow_id) as list
    from subscriptions where subscriber_id = ${subscriberId} order by id`.execute(tx);
  return rows;
}
