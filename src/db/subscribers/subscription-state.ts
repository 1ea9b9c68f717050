import { sql } from 'kysely';
import type { Frequency } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import type { Actor } from '../schema.ts';

/** A locked person whose subscriptions are being changed. */
export type LockedSubscriber = { id: number; timezone: string; hour: number; lastDigestAt: Instant | null };

/**
 * Locks a person for the transaction, so that no digest is planned for them meanwhile. Null if there is no
 * such person, or if their links are of another generation.
 */
export async function lockSubscriber(
  tx: Tx,
  subscriberId: number,
  linkGeneration: number | null = null,
): Promise<LockedSubscriber | null> {
  const { rows } = await sql<LockedSubscriber>`
    select id, timezone, hour, last_digest_at as "lastDigestAt" from subscribers
    where id = ${subscriberId} and link_generation = coalesce(${linkGeneration}::int, link_generation)
    for update`.execute(tx);
  return rows[0] ?? null;
}

/** The hour and zone of a person's emails; null if there is no such person. */
export async function readMailClock(
  db: Db | Tx,
  subscriberId: number,
): Promise<{ hour: number; timezone: string } | null> {
  const row = await db
    .selectFrom('subscribers')
    .select(['hour', 'timezone'])
    .where('id', '=', subscriberId)
    .executeTakeFirst();
  return row ?? null;
}

/** Which of a person's subscriptions: some, or all. */
export type Which = readonly number[] | 'all';

const chosen = (which: Which) => (which === 'all' ? sql`true` : sql`id = any(${[...which]}::bigint[])`);

/** Marks active and paused subscriptions as ended. Returns their number. */
export async function markEnded(
  tx: Tx,
  subscriberId: number,
  which: Which,
  { by, now }: { by: Actor; now: Instant },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update subscriptions set state_before = state, state = 'ended', ended_at = ${now}, halted_by = ${by}
    where subscriber_id = ${subscriberId} and state in ('active', 'paused') and ${chosen(which)}`.execute(tx);
  return Number(numAffectedRows);
}

/**
 * Records the reader as the one who ended subscriptions that an admin had ended: from now on only the reader
 * can undo it.
 */
export async function claimEnded(tx: Tx, subscriberId: number, which: Which): Promise<void> {
  await sql`update subscriptions set halted_by = 'reader'
    where subscriber_id = ${subscriberId} and state = 'ended' and halted_by = 'admin' and ${chosen(which)}`.execute(
    tx,
  );
}

/** Deletes unconfirmed subscriptions. Returns their number. */
export async function deletePending(tx: Tx, subscriberId: number, which: Which): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from subscriptions where subscriber_id = ${subscriberId} and state = 'pending' and ${chosen(which)}`.execute(
    tx,
  );
  return Number(numAffectedRows);
}

/**
 * Marks active and paused subscriptions as paused. `neverShorter`: a pause that is at least as long stays
 * unchanged and is not counted. Returns their number.
 */
export async function markPaused(
  tx: Tx,
  subscriberId: number,
  which: Which,
  { until, neverShorter, by }: { until: Instant | null; neverShorter: boolean; by: Actor },
): Promise<number> {
  const lasts = sql`(${neverShorter} and state = 'paused'
    and coalesce(paused_until, 'infinity') >= coalesce(${until}::timestamptz, 'infinity'))`;
  const its = sql`subscriber_id = ${subscriberId} and ${chosen(which)}`;
  // The pause is now theirs as well: whoever paused it first cannot resume it for them.
  await sql`update subscriptions set halted_by = ${by} where ${its} and ${lasts}`.execute(tx);
  const { numAffectedRows = 0n } = await sql`
    update subscriptions set state = 'paused', halted_by = ${by}, paused_until = ${until}
    where ${its} and state in ('active', 'paused') and not ${lasts}`.execute(tx);
  return Number(numAffectedRows);
}

/** Marks paused subscriptions as active. Returns their ids. */
export async function markResumed(tx: Tx, subscriberId: number, which: Which): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update subscriptions set state = 'active', paused_until = null
    where subscriber_id = ${subscriberId} and state = 'paused' and ${chosen(which)} returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Restores the state of subscriptions that ended after an instant, or (`endedAt`) at one instant. If the
 * person already has the same subscription again, it stays ended. Returns the ids.
 */
export async function restoreEnded(
  tx: Tx,
  subscriberId: number,
  which: Which | { endedAt: Instant },
  endedAfter: Instant,
): Promise<number[]> {
  const those =
    typeof which === 'object' && 'endedAt' in which ? sql`ended_at = ${which.endedAt}` : chosen(which);
  const { rows } = await sql<{ id: number }>`
    update subscriptions e set state = coalesce(state_before, 'active'), state_before = null, ended_at = null,
      halted_by = 'reader'
    where subscriber_id = ${subscriberId} and state = 'ended' and ${those} and ended_at > ${endedAfter}
      and not exists (select from subscriptions s where s.subscriber_id = e.subscriber_id and s.state <> 'ended'
        and s.topics @> e.topics and s.topics <@ e.topics and s.filters = e.filters)
    returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Sets the frequency of active and paused subscriptions. With a null `weekday` each keeps its own, and those
 * that already have this frequency are left unchanged. Returns the ids.
 */
export async function setFrequency(
  tx: Tx,
  subscriberId: number,
  which: Which,
  { frequency, weekday }: { frequency: Frequency; weekday: number | null },
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update subscriptions set frequency = ${frequency}, weekday = coalesce(${weekday}::smallint, weekday)
    where subscriber_id = ${subscriberId} and state in ('active', 'paused') and ${chosen(which)}
      and (${weekday}::smallint is not null or frequency <> ${frequency}) returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Sets the hour and zone of a person's mails. */
export async function setClock(
  tx: Tx,
  subscriberId: number,
  { hour, timezone }: { hour: number; timezone: string },
): Promise<void> {
  await sql`update subscribers set hour = ${hour}, timezone = ${timezone} where id = ${subscriberId}`.execute(
    tx,
  );
}

/** A person's subscriptions that have a due time or need one. */
export async function listScheduled(tx: Tx, subscriberId: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from subscriptions
    where subscriber_id = ${subscriberId} and (frequency <> 'immediate' or next_due_at is not null)`.execute(
    tx,
  );
  return rows.map(({ id }) => id);
}

/** The cadences of these subscriptions. */
export async function listCadences(
  tx: Tx,
  ids: readonly number[],
): Promise<{ id: number; frequency: Frequency; weekday: number }[]> {
  const { rows } = await sql<{ id: number; frequency: Frequency; weekday: number }>`
    select id, frequency, weekday from subscriptions where id = any(${[...ids]}::bigint[])`.execute(tx);
  return rows;
}

/** The people with a pause that ends by an instant, at most `atMost`. */
export async function listPausesEnding(db: Db, now: Instant, atMost: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct subscriber_id as id from subscriptions
    where state = 'paused' and paused_until <= ${now} order by 1 limit ${atMost}`.execute(db);
  return rows.map(({ id }) => id);
}

/** A person's subscriptions whose pause ends by an instant. */
export async function listEndingPauses(tx: Tx, subscriberId: number, now: Instant): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select id from subscriptions
    where subscriber_id = ${subscriberId} and state = 'paused' and paused_until <= ${now}`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Withdraws unsent digests of these subscriptions. A sender's claim is invalidated: its update to `body`
 * fails even if it began before this commit (E5). Cursors move back before everything unsent, so that nothing
 * is lost if the subscriptions resume.
 */
export async function withdrawUnsent(tx: Tx, subscriberId: number, which: Which): Promise<void> {
  const owed = sql`d.subscriber_id = ${subscriberId} and d.kind = 'digest'
    and d.phase in ('planned', 'claimed', 'retry') and not d.was_ambiguous`;
  // Unclaimed deliveries are updated as well, which keeps others from claiming them before the commit.
  await sql`update deliveries d set fence = fence + 1, lease_until = null,
      phase = case phase when 'claimed' then 'planned' else phase end,
      attempts = case phase when 'claimed' then greatest(attempts - 1, 0) else attempts end
    where d.subscriber_id = ${subscriberId} and d.phase in ('planned', 'claimed', 'retry')`.execute(tx);
  await sql`
    update subscriptions s set position = least(s.position, (
      select min(c.position) - 1 from deliveries d join digest_items i on i.digest_id = d.digest_id
      join changes c on c.id = i.change_id where ${owed} and c.topics && s.topics))
    where s.subscriber_id = ${subscriberId} and s.position is not null and s.state in ('active', 'paused')
      and ${chosen(which)}`.execute(tx);
}
