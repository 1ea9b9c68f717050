import { sql } from 'kysely';
import type { Digest } from '../core/digest.ts';
import type { Instant } from '../core/trial.ts';
import type { Db, Tx } from './connect.ts';
import type { DeliveryKind, Phase } from './schema.ts';

/** A claimed delivery and what is needed to render it. The fence makes every later write of a stale holder miss. */
export type Claim = {
  id: number;
  kind: DeliveryKind;
  fence: number;
  attempts: number;
  subscriberId: number | null;
  digestId: number | null;
  /** Encrypted address and parameters; null for a subscriber who is gone. */
  address: Buffer | null;
  params: Buffer | null;
  language: string | null;
  linkGeneration: number | null;
  plainSubject: boolean;
  content: Digest | null;
  /**
   * Whether the mail is wanted as it stands: every item of a digest, and every subscription it names; the one a
   * confirmation asks about.
   */
  isWanted: boolean;
  messageDate: Instant;
};

/** Whether an active subscription, agreed to, of the item's person still wants the item `i`. */
const isItemWanted = sql<boolean>`exists (
  select from subscriptions s join changes c on c.id = i.change_id
  where s.subscriber_id = i.subscriber_id and s.state = 'active' and c.topics && s.topics
    and (c.facet = any(s.facets) or c.kind in ('removed', 'returned'))
    and exists (select from consents k where k.subscription_id = s.id))`;

/** Whether the delivery `d` is wanted as it stands. A digest that all items have left is not. */
const isWanted = sql<boolean>`case d.kind
  when 'digest' then exists (select from digest_items i where i.digest_id = d.digest_id)
    and not exists (select from digest_items i where i.digest_id = d.digest_id and not ${isItemWanted})
  when 'confirmation' then exists (
    select from subscriptions s where s.subscriber_id = d.subscriber_id and s.state = 'pending')
  else true end`;

/** Promises a mail that is no digest. Returns the delivery's id. */
export async function planDelivery(
  tx: Db | Tx,
  mail: {
    kind: Exclude<DeliveryKind, 'digest'>;
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

/** Claims a delivery that is planned, or due for another try; null when it is not there to be claimed. */
export async function claimDelivery(
  db: Db,
  id: number,
  how: { holder: string; leaseMs: number; now: Instant },
): Promise<Claim | null> {
  const { rows } = await sql<Claim>`
    with claimed as (
      update deliveries set phase = 'claimed', fence = fence + 1, holder = ${how.holder}, attempts = attempts + 1,
        lease_until = clock_timestamp() + ${how.leaseMs} * interval '1 millisecond',
        message_date = coalesce(message_date, ${how.now}::timestamptz)
      where id = ${id} and phase in ('planned', 'retry') and due_at <= ${how.now}
      returning *
    )
    select d.id, d.kind, d.fence, d.attempts, d.subscriber_id as "subscriberId", d.digest_id as "digestId",
      coalesce(d.address, p.address) as address, d.params, p.language, p.link_generation as "linkGeneration",
      coalesce(p.plain_subject, false) as "plainSubject", g.content, d.message_date as "messageDate",
      ${isWanted} and not exists (
        select from jsonb_path_query(g.content, '$.trials[*].reasons[*].subscriptionId') as reason (id)
        left join subscriptions s on s.id = reason.id::bigint where s.state is distinct from 'active') as "isWanted"
    from claimed d left join subscribers p on p.id = d.subscriber_id left join digests g on g.id = d.digest_id`.execute(
    db,
  );
  return rows[0] ?? null;
}

/**
 * The point of no return, committed before the first byte of the message: false when this holder was overtaken, the
 * lease ran out, the address is suppressed, or it is not wanted as it stands any more.
 */
export async function beginBody(
  db: Db,
  claim: { id: number; fence: number; messageId: string; now: Instant },
): Promise<boolean> {
  const result = await sql`
    update deliveries d set phase = 'body', body_at = ${claim.now}, message_id = ${claim.messageId}
    where d.id = ${claim.id} and d.fence = ${claim.fence} and d.phase = 'claimed' and d.lease_until > clock_timestamp()
      and not exists (
        select from subscribers p join suppressions s on s.address_hash = p.address_hash where p.id = d.subscriber_id)
      and ${isWanted}`.execute(db);
  return result.numAffectedRows === 1n;
}

/** Writes the server's acceptance. A stale holder may still say so of an ambiguous delivery nobody tried again. */
export async function markSent(
  db: Db,
  claim: { id: number; fence: number },
  reply: string,
  now: Instant,
): Promise<boolean> {
  const result = await sql`
    update deliveries set phase = 'sent', reply = ${reply}, finished_at = ${now}, lease_until = null, params = null
    where id = ${claim.id} and fence = ${claim.fence}
      and (phase in ('body', 'ambiguous') or (phase = 'retry' and settled))`.execute(db);
  return result.numAffectedRows === 1n;
}

/** Writes any other outcome of a claim. `dueAt` says when to try again. False when this holder was overtaken. */
export async function markOutcome(
  db: Db,
  claim: { id: number; fence: number },
  outcome: {
    phase: Extract<Phase, 'retry' | 'failed' | 'ambiguous' | 'cancelled' | 'suppressed'>;
    reply: string;
    dueAt?: Instant;
    now: Instant;
  },
): Promise<boolean> {
  const ended = outcome.phase !== 'retry' && outcome.phase !== 'ambiguous';
  const result = await sql`
    update deliveries set phase = ${outcome.phase}, reply = ${outcome.reply}, lease_until = null,
      due_at = coalesce(${outcome.dueAt ?? null}::timestamptz, due_at),
      was_ambiguous = was_ambiguous or ${outcome.phase === 'ambiguous'},
      finished_at = case when ${ended} then ${outcome.now}::timestamptz end
    where id = ${claim.id} and fence = ${claim.fence} and phase in ('claimed', 'body')`.execute(db);
  return result.numAffectedRows === 1n;
}

/** Settles leases that ran out: a claim is planned again; a body that nobody reported on is ambiguous. */
export async function expireClaims(db: Db): Promise<{ replanned: number; ambiguous: number }> {
  const { rows } = await sql<{ phase: Phase }>`
    update deliveries set
      phase = case phase when 'claimed' then 'planned' else 'ambiguous' end,
      was_ambiguous = was_ambiguous or phase = 'body',
      settled = settled and phase <> 'body',
      reply = case phase when 'body' then 'The sender stopped before the server''s reply was written' else reply end,
      lease_until = null
    where phase in ('claimed', 'body') and lease_until <= clock_timestamp()
    returning phase`.execute(db);
  const ambiguous = rows.filter((row) => row.phase === 'ambiguous').length;
  return { replanned: rows.length - ambiguous, ambiguous };
}

/** Deliveries due now, the longest waiting first. */
export function listDueDeliveries(
  db: Db,
  now: Instant,
  limit: number,
): Promise<{ id: number; kind: DeliveryKind }[]> {
  return db
    .selectFrom('deliveries')
    .select(['id', 'kind'])
    .where('phase', 'in', ['planned', 'retry'])
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** How many deliveries stand in each phase. */
export async function countPhases(db: Db): Promise<Partial<Record<Phase, number>>> {
  const { rows } = await sql<{ phase: Phase; count: number }>`
    select phase, count(*) as count from deliveries group by phase`.execute(db);
  return Object.fromEntries(rows.map((row) => [row.phase, row.count]));
}

/** The figures alarms are raised on. */
export type MailHealth = {
  /** Mails, and people whose digest was not planned, that wait for more than two hours. */
  overdue: number;
  oldestDueAt: Instant | null;
  /** Mails refused three times, or once for our standing (x.7.x): one dead address is nobody else's harm. */
  refused: number;
  lastReply: string | null;
  /** Mails sent twice in the last day without an answer to either. */
  uncertain: number;
};

/** What is overdue, and what was refused or left uncertain lately. */
export async function readMailHealth(db: Db, now: Instant): Promise<MailHealth> {
  const { rows } = await sql<MailHealth>`
    with late (due_at) as (
      select due_at from deliveries where phase in ('planned', 'retry') and due_at < ${now}::timestamptz - interval '2 hours'
      union all
      select next_due_at from subscribers where next_due_at < ${now}::timestamptz - interval '2 hours'
    ), refused as (
      select id, reply from deliveries
      where (phase = 'retry' or (phase = 'failed' and finished_at > ${now}::timestamptz - interval '1 day'))
        and (attempts >= 3 or reply ~ '^[45]\\d\\d[ -][45]\\.7\\.')
    )
    select (select count(*) from late) as overdue, (select min(due_at) from late) as "oldestDueAt",
      (select count(*) from refused) as refused, (select reply from refused order by id desc limit 1) as "lastReply",
      (select count(*) from deliveries where phase = 'ambiguous' and settled
        and body_at > ${now}::timestamptz - interval '1 day') as uncertain`.execute(db);
  if (!rows[0]) throw new Error('no figures');
  return rows[0];
}

/**
 * Lets ambiguous deliveries go out once more, with the same Message-ID. Each at most once for a server that did not
 * answer; once more whenever a sender of ours stopped in the middle, or a mail could be lost.
 */
export async function settleAmbiguous(db: Db, quietSince: Instant, now: Instant): Promise<void> {
  await sql`update deliveries set phase = 'retry', due_at = ${now}, settled = true
    where phase = 'ambiguous' and not settled and body_at <= ${quietSince}`.execute(db);
}

/** Prolongs a claim while its conversation goes on. */
export async function renewClaim(
  db: Db,
  claim: { id: number; fence: number },
  leaseMs: number,
): Promise<void> {
  await sql`update deliveries set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = ${claim.id} and fence = ${claim.fence} and phase in ('claimed', 'body')
      and lease_until > clock_timestamp()`.execute(db);
}
