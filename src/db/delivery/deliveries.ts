import { sql } from 'kysely';
import type { MailKind } from '../../core/digests/mail-kinds.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import type { Phase } from '../schema.ts';
import { isDue } from './claim-parts.ts';
import { type Claim, type ClaimHow, claimDeliveries } from './claims.ts';
import { type Body, beginBodies, markAllSent } from './hand-over.ts';

/** Plans a mail that is not a digest. Returns the delivery's id. */
export async function planDelivery(
  tx: Db | Tx,
  mail: {
    kind: Exclude<MailKind, 'digest'>;
    /** For a report of a list. */
    listReportId?: number;
    subscriberId: number | null;
    address: Buffer | null;
    params: Buffer;
    now: Instant;
  },
): Promise<number> {
  const { id } = await tx
    .insertInto('deliveries')
    .values({
      kind: mail.kind,
      subscriber_id: mail.subscriberId,
      digest_id: null,
      list_report_id: mail.listReportId ?? null,
      address: mail.address,
      params: mail.params,
      holder: null,
      lease_until: null,
      due_at: mail.now,
      message_id: null,
      message_date: null,
      planned_at: mail.now,
      body_at: null,
      finished_at: null,
      reply: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Claims a delivery that is planned, or due for another attempt; null if it cannot be claimed. */
export async function claimDelivery(db: Db, id: number, how: ClaimHow): Promise<Claim | null> {
  return (await claimDeliveries(db, [id], how))[0]?.claim ?? null;
}

/** The point of no return for one delivery; see `beginBodies`. */
export async function beginBody(db: Db, body: Body): Promise<boolean> {
  return (await beginBodies(db, [body]))[0] ?? false;
}

/** Writes the server's acceptance of one delivery; see `markAllSent`. */
export async function markSent(
  db: Db,
  { id, fence }: { id: number; fence: number },
  reply: string,
  now: Instant,
): Promise<boolean> {
  return (await markAllSent(db, [{ id, fence, reply, now }]))[0] ?? false;
}

/**
 * Writes any other outcome of a claim. `dueAt` is the time of the next attempt; a `free` attempt is not
 * counted. Returns false if another process took over the claim.
 */
export async function markOutcome(
  db: Db | Tx,
  claim: { id: number; fence: number },
  outcome: {
    phase: Extract<Phase, 'retry' | 'failed' | 'ambiguous' | 'cancelled' | 'suppressed'>;
    reply: string;
    dueAt?: Instant;
    free?: boolean;
    /** Refused for our reputation. */
    blocked?: boolean;
    now: Instant;
  },
): Promise<boolean> {
  const ended = outcome.phase !== 'retry' && outcome.phase !== 'ambiguous';
  const result = await sql`
    update deliveries set phase = ${outcome.phase}, reply = ${outcome.reply}, lease_until = null,
      due_at = coalesce(${outcome.dueAt ?? null}::timestamptz, due_at),
      attempts = attempts - ${outcome.free ? 1 : 0}::int,
      blocked_at = case when ${outcome.blocked ?? false} then ${outcome.now}::timestamptz else blocked_at end,
      was_ambiguous = was_ambiguous or ${outcome.phase === 'ambiguous'},
      finished_at = case when ${ended} then ${outcome.now}::timestamptz end
    where id = ${claim.id} and fence = ${claim.fence} and phase in ('claimed', 'body')`.execute(db);
  return result.numAffectedRows === 1n;
}

/** The reply recorded if the sender died: it is ours, not the server's. */
const senderStopped = "The sender stopped before the server's reply was written";

/** Settles expired leases: a claim is planned again; a body without a reported outcome becomes ambiguous. */
export async function expireClaims(db: Db): Promise<{ replanned: number; ambiguous: number }> {
  const { rows } = await sql<{ phase: Phase }>`
    update deliveries set
      phase = case phase when 'claimed' then 'planned' else 'ambiguous' end,
      was_ambiguous = was_ambiguous or phase = 'body',
      settled = settled and phase <> 'body',
      reply = case phase when 'body' then ${senderStopped} else reply end,
      lease_until = null
    where phase in ('claimed', 'body') and (lease_until is null or lease_until <= clock_timestamp())
    returning phase`.execute(db);
  const ambiguous = rows.filter((row) => row.phase === 'ambiguous').length;
  return { replanned: rows.length - ambiguous, ambiguous };
}

/** Due deliveries, those that have waited longest first. */
export function listDueDeliveries(
  db: Db,
  now: Instant,
  limit: number,
): Promise<{ id: number; kind: MailKind }[]> {
  return db
    .selectFrom('deliveries')
    .select(['id', 'kind'])
    .where('phase', 'in', ['planned', 'retry'])
    .where('due_at', '<=', now)
    .where(sql<boolean>`(paced_until is null or paced_until <= clock_timestamp())`)
    .orderBy('due_at')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** The due deliveries among those from one to another, oldest first. */
export async function listDueBetween(db: Db, from: number, to: number, now: Instant): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select d.id from deliveries d
    where d.id between ${from} and ${to} and ${isDue(now)}
      and (d.paced_until is null or d.paced_until <= clock_timestamp())
    order by d.id`.execute(db);
  return rows.map(({ id }) => id);
}

/** Due deliveries of some people that were not attempted yet. */
export async function listPlannedOf(
  db: Db,
  subscriberIds: readonly number[],
  now: Instant,
): Promise<number[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select('id')
    .where('subscriber_id', 'in', [...subscriberIds, -1])
    .where('phase', '=', 'planned')
    .where('due_at', '<=', now)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Milliseconds until the first due delivery that waits for its domain's rate may go; null if none waits. */
export async function nextPacedMs(db: Db, now: Instant): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`
    select ceil(extract(epoch from greatest(min(paced_until), clock_timestamp()) - clock_timestamp()) * 1000)::int as ms
    from deliveries where phase in ('planned', 'retry') and due_at <= ${now} and paced_until is not null
    having count(*) > 0`.execute(db);
  return rows[0]?.ms ?? null;
}

/** The number of deliveries in each phase. */
export async function countPhases(db: Db): Promise<Partial<Record<Phase, number>>> {
  const { rows } = await sql<{ phase: Phase; count: number }>`
    select phase, count(*) as count from deliveries group by phase`.execute(db);
  return Object.fromEntries(rows.map((row) => [row.phase, row.count]));
}

/** Figures for alarms. */
export type MailHealth = {
  /**
   * Mails, people without a planned digest, reports of lists and requests from pages that have waited for more than 55 minutes;
   * two hours for mails that wait for a retry, a rate limit, a paused circuit or their turn.
   */
  overdue: number;
  oldestDueAt: Instant | null;
  /** Mails refused three times. A single dead address does not count. */
  refused: number;
  lastReply: string | null;
  /** Mails of the last day with unknown outcome that will not be attempted again. */
  uncertain: number;
};

/** Counts overdue mails, and those recently refused or with unknown outcome. */
export async function readMailHealth(
  db: Db,
  now: Instant,
  { retriesAmbiguous, isPaused }: { retriesAmbiguous: boolean; isPaused: boolean },
): Promise<MailHealth> {
  // While others are sent, a mail waits for its turn, unless its sender has stopped again and again.
  const { rows } = await sql<MailHealth>`
    with late (due_at) as (
      select due_at from deliveries where phase in ('planned', 'retry')
        and due_at < ${now}::timestamptz - interval '55 minutes'
        and (due_at < ${now}::timestamptz - interval '2 hours'
          or (phase = 'planned' and paced_until is null and not ${isPaused}::boolean and (attempts > 2 or not exists (
            select from deliveries where phase = 'sent' and finished_at > ${now}::timestamptz - interval '15 minutes'))))
      union all
      select next_due_at from subscribers where next_due_at < ${now}::timestamptz - interval '55 minutes'
      union all
      select due_at from list_reports where due_at < ${now}::timestamptz - interval '55 minutes'
        and promised_at is null and cancelled_at is null
      union all
      select due_at from requests where due_at < ${now}::timestamptz - interval '55 minutes'
    ), refused as (
      select id, reply from deliveries
      where (phase = 'retry' or (phase = 'failed' and finished_at > ${now}::timestamptz - interval '1 day'))
        and attempts >= 3
    )
    select (select count(*) from late) as overdue, (select min(due_at) from late) as "oldestDueAt",
      (select count(*) from refused) as refused, (select reply from refused order by id desc limit 1) as "lastReply",
      (select count(*) from deliveries where phase = 'ambiguous' and (settled or not ${retriesAmbiguous})
        and body_at > ${now}::timestamptz - interval '1 day') as uncertain`.execute(db);
  if (!rows[0]) throw new Error('no figures');
  return rows[0];
}

/**
 * Sends ambiguous deliveries again, with the same Message-ID. Each at most once if the server did not answer;
 * again whenever one of our senders stopped halfway, or a mail could be lost.
 */
export async function closeAmbiguous(db: Db, quietSince: Instant, now: Instant): Promise<void> {
  await sql`update deliveries set phase = 'retry', due_at = ${now}, settled = reply is distinct from ${senderStopped}
    where phase = 'ambiguous' and not settled and body_at <= ${quietSince}`.execute(db);
}

/** Prolongs a claim during its conversation. */
export async function renewClaim(
  db: Db,
  claim: { id: number; fence: number },
  leaseMs: number,
): Promise<void> {
  await sql`update deliveries set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = ${claim.id} and fence = ${claim.fence} and phase in ('claimed', 'body')
      and lease_until > clock_timestamp()`.execute(db);
}
