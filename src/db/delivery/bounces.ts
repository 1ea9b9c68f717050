import { sql } from 'kysely';
import type { MailKind } from '../../core/digests/mail-kinds.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

import { readSetting, writeSetting } from '../settings.ts';

/** A sent mail whose Message-ID a report names. */
export type Mailed = {
  id: number;
  kind: MailKind;
  subscriberId: number | null;
  /** The present address, encrypted; the mail may have gone to an earlier one. */
  address: Buffer;
  messageId: string;
  messageDate: Instant;
};

/** The stored part of a report: its mail, its person and its kind; never its words. */
export type BounceRow = { deliveryId: number; subscriberId: number | null; kind: string; now: Instant };

/** The mails with one of these Message-IDs that were handed over, or may have been. */
export async function findMailed(db: Db | Tx, messageIds: string[]): Promise<Mailed[]> {
  const { rows } = await sql<Mailed>`
    select d.id, d.kind, d.subscriber_id as "subscriberId", coalesce(d.address, p.address) as address,
      d.message_id as "messageId", d.message_date as "messageDate"
    from deliveries d left join subscribers p on p.id = d.subscriber_id
    where d.message_id = any(${messageIds}::text[]) and d.message_date is not null
      and (d.phase in ('body', 'sent', 'ambiguous') or d.was_ambiguous)`.execute(db);
  return rows;
}

/** Records a refusal of a mail or a complaint about it. Returns false if it is already recorded. */
export async function addBounce(tx: Tx, row: BounceRow): Promise<boolean> {
  const { rows } = await sql`insert into bounces (delivery_id, kind, subscriber_id, bounced_at)
    values (${row.deliveryId}, ${row.kind}, ${row.subscriberId}, ${row.now}) on conflict do nothing returning kind`.execute(
    tx,
  );
  return rows.length === 1;
}

/**
 * Whether an earlier mail of this person was refused for our reputation, and others were sent through the
 * same circuit afterwards.
 */
export async function wasRefusedBefore(
  tx: Tx,
  { deliveryId, subscriberId }: Pick<BounceRow, 'deliveryId' | 'subscriberId'>,
  circuit: string,
): Promise<boolean> {
  const { rows } =
    await sql`select from bounces b join smtp_circuits m on m.name = ${circuit} and m.recovered_at >= b.bounced_at
    where b.subscriber_id = ${subscriberId} and b.kind = 'policy' and b.delivery_id <> ${deliveryId}
    limit 1`.execute(tx);
  return rows.length === 1;
}

/** Refusals for several recipients count together within this time. */
const blockedWithinHours = 24;

/**
 * Records that a mail was refused for our reputation. Returns the number of recipients affected within a day
 * and since sending through this mail server last resumed.
 */
export async function countBlocked(
  db: Db | Tx,
  { deliveryId, subscriberId, now }: Omit<BounceRow, 'kind'>,
  circuit: string,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with noted as (insert into bounces (delivery_id, kind, subscriber_id, bounced_at)
      values (${deliveryId}, 'policy', ${subscriberId}, ${now}) on conflict do nothing),
    others as (select distinct coalesce(b.subscriber_id, -b.delivery_id) as recipient from bounces b
      where b.kind = 'policy' and b.bounced_at > ${now}::timestamptz - ${blockedWithinHours} * interval '1 hour'
        and not exists (select from smtp_circuits m where m.name = ${circuit} and m.recovered_at >= b.bounced_at)
        and coalesce(b.subscriber_id, -b.delivery_id) <> ${subscriberId ?? -deliveryId}::bigint)
    select count(*) + 1 as count from others`.execute(db);
  return rows[0]?.count ?? 1;
}

/**
 * Suppresses an address; `because` gives the cause in words that name nobody. An earlier reason stays, but a
 * complaint replaces any other. Returns false if nothing changed.
 */
export async function suppressAddress(
  db: Db | Tx,
  addressHash: Buffer,
  reason: 'hard-bounce' | 'soft-bounces' | 'complaint' | 'never',
  now: Instant,
  because: string | null = null,
): Promise<boolean> {
  const { numAffectedRows } = await sql`insert into suppressions as s (address_hash, reason, since, because)
    values (${addressHash}, ${reason}, ${now}, ${because})
    on conflict (address_hash) do update
      set reason = excluded.reason, since = excluded.since, because = excluded.because
      where excluded.reason = 'complaint' and s.reason <> 'complaint'`.execute(db);
  return numAffectedRows === 1n;
}

const receiptSetting = 'bounce-receipt';

/**
 * Records which message of the mailbox is being processed; false if it is the one processed last. Only one
 * process reads at a time.
 */
export async function recordReceipt(tx: Tx, receipt: string): Promise<boolean> {
  if ((await readSetting(tx, receiptSetting)) === receipt) return false;
  await writeSetting(tx, receiptSetting, receipt);
  return true;
}

/** The kinds of messages that arrive as reports. */
export const reportKinds = [
  ...(['hard', 'soft', 'policy', 'message', 'complaint', 'delayed', 'information'] as const),
  ...(['foreign', 'repeated', 'none', 'oversized'] as const),
];

const prefix = 'bounce:';

/** Counts a message that arrived as a report. */
export async function countReport(db: Db | Tx, kind: (typeof reportKinds)[number]): Promise<void> {
  await sql`insert into counters as c (name, value) values (${prefix + kind}, 1)
    on conflict (name) do update set value = c.value + 1`.execute(db);
}

/** The number of messages of each kind that ever arrived as reports. */
export async function readReportCounts(db: Db): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string; value: number }>`
    select name, value from counters where starts_with(name, ${prefix}) order by name`.execute(db);
  return Object.fromEntries(rows.map(({ name, value }) => [name.slice(prefix.length), value]));
}
