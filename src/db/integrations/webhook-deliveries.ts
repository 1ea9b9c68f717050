import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import type { WebhookPhase } from '../schema.ts';

/** A webhook's progress and filters, for the transaction that plans its next messages. */
export type WebhookPlan = {
  position: number;
  topics: string[];
  facets: Facet[];
  language: string;
  /** The number of waiting messages. */
  open: number;
};

/** A message being delivered. Only the holder of the newest fence may record its outcome. */
export type WebhookClaim = {
  id: number;
  webhookId: number;
  messageId: string;
  body: string;
  fence: number;
  /** Attempts, including this one. */
  attempts: number;
};

/** A message for the page of deliveries. */
export type WebhookDelivery = {
  id: number;
  webhookId: number;
  host: string;
  messageId: string;
  changes: number;
  phase: WebhookPhase;
  attempts: number;
  dueAt: Instant;
  plannedAt: Instant;
  triedAt: Instant | null;
  finishedAt: Instant | null;
  answer: number | null;
  reply: string | null;
};

/** Locks a webhook until the transaction ends, so that only one process plans its messages. Null if it has ended. */
export async function lockWebhook(tx: Tx, id: number): Promise<WebhookPlan | null> {
  const { rows } = await sql<WebhookPlan>`
    select w.position, w.topics, w.facets, w.language, (
      select count(*) from webhook_deliveries d
      where d.webhook_id = w.id and d.phase in ('planned', 'claimed', 'retry')) as open
    from webhooks w where w.id = ${id} and w.ended_at is null for update of w`.execute(tx);
  return rows[0] ?? null;
}

/** Stores a message to deliver. */
export async function addWebhookDelivery(
  tx: Tx,
  delivery: { webhookId: number; messageId: string; body: string; changes: number; now: Instant },
): Promise<void> {
  const { webhookId, messageId, body, changes, now } = delivery;
  await tx
    .insertInto('webhook_deliveries')
    .values({
      webhook_id: webhookId,
      message_id: messageId,
      body,
      changes,
      due_at: now,
      planned_at: now,
    })
    .execute();
}

/** Records up to which position a webhook's messages are planned. */
export async function moveWebhook(tx: Tx, id: number, position: number): Promise<void> {
  await tx.updateTable('webhooks').set({ position }).where('id', '=', id).execute();
}

/**
 * Claims a webhook's oldest open message if it is due, for a time by the database's clock. Null if it is not
 * due or another process has it: messages of one webhook are sent in order, and an unavailable target gets
 * one attempt at a time.
 */
export async function claimWebhookDelivery(
  db: Db,
  webhookId: number,
  claim: { now: Instant; holder: string; leaseMs: number },
): Promise<WebhookClaim | null> {
  const { rows } = await sql<WebhookClaim>`
    update webhook_deliveries d set phase = 'claimed', fence = d.fence + 1, holder = ${claim.holder},
      attempts = d.attempts + 1, tried_at = ${claim.now},
      lease_until = clock_timestamp() + ${claim.leaseMs} * interval '1 millisecond'
    where d.id = (
        select o.id from webhook_deliveries o
        where o.webhook_id = ${webhookId} and o.phase in ('planned', 'claimed', 'retry') order by o.id limit 1 for update)
      and ((d.phase in ('planned', 'retry') and d.due_at <= ${claim.now})
        or (d.phase = 'claimed' and d.lease_until <= clock_timestamp()))
      and exists (select from webhooks w where w.id = d.webhook_id and w.ended_at is null)
    returning d.id, d.webhook_id as "webhookId", d.message_id as "messageId", d.body, d.fence, d.attempts`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** The outcome of an attempt. */
export type WebhookResult = { answer: number | null; reply: string; now: Instant } & (
  | { phase: 'sent' }
  | { phase: 'retry'; dueAt: Instant }
  | { phase: 'failed' }
);

/**
 * Writes the outcome of a claim. Returns since when its webhook has been failing; null if another process
 * took over the claim.
 */
export async function finishWebhookDelivery(
  tx: Tx,
  claim: WebhookClaim,
  result: WebhookResult,
): Promise<{ failingSince: Instant | null } | null> {
  const { numUpdatedRows } = await tx
    .updateTable('webhook_deliveries')
    .set({
      phase: result.phase,
      answer: result.answer,
      reply: result.reply,
      lease_until: null,
      ...(result.phase === 'retry' ? { due_at: result.dueAt } : { finished_at: result.now }),
    })
    .where('id', '=', claim.id)
    .where('fence', '=', claim.fence)
    .where('phase', '=', 'claimed')
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return null;
  const failing =
    result.phase === 'sent' ? sql`null` : sql`coalesce(failing_since, ${result.now}::timestamptz)`;
  const { rows } = await sql<{ failingSince: Instant | null }>`
    update webhooks set failing_since = ${failing} where id = ${claim.webhookId}
    returning failing_since as "failingSince"`.execute(tx);
  return rows[0] ?? null;
}

/** Deliveries, newest first, after `before` (keyset). */
export async function listWebhookDeliveries(
  db: Db,
  { before, limit }: { before: number | null; limit: number },
): Promise<WebhookDelivery[]> {
  let query = db
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhooks as w', 'w.id', 'd.webhook_id')
    .select([
      'd.id',
      'd.webhook_id as webhookId',
      'w.host',
      'd.message_id as messageId',
      'd.changes',
      'd.phase',
      'd.attempts',
      'd.due_at as dueAt',
      'd.planned_at as plannedAt',
      'd.tried_at as triedAt',
      'd.finished_at as finishedAt',
      'd.answer',
      'd.reply',
    ])
    .orderBy('d.id', 'desc')
    .limit(limit);
  if (before !== null) query = query.where('d.id', '<', before);
  return query.execute();
}
