import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { isHeard } from '../lists/list-edits.ts';
import { hasConsent } from '../subscribers/subscription-conditions.ts';

/**
 * Whether the follow `f` of the list `l` gets reports: its reader agreed to them, follows something that is neither
 * paused nor stopped, and did not pause all that the list brought.
 */
export const getsReports = sql<boolean>`(f.confirmed_at is not null and f.ended_at is null and f.wants_reports
  and l.ended_at is null and ${isHeard} and exists (
    select from subscriptions s where s.subscriber_id = f.subscriber_id and s.state = 'active' and ${hasConsent}))`;

/** A report whose time has come, and the follow up to which its mails are promised. */
export type DueReport = { id: number; listId: number; promisedTo: number };

/** Takes the report that has waited longest; skips those that another planner holds. Null if none is due. */
export async function takeDueReport(tx: Tx, now: Instant): Promise<DueReport | null> {
  const { rows } = await sql<DueReport>`
    select id, list_id as "listId", promised_to as "promisedTo" from list_reports
    where due_at <= ${now} and promised_at is null and cancelled_at is null
    order by due_at, id limit 1 for update skip locked`.execute(tx);
  return rows[0] ?? null;
}

/** A follower who gets a report. */
export type ReportReader = { followId: number; subscriberId: number; timezone: string };

/** The next followers who get a report, in the order of their follows. Mail to none of them is stopped. */
export async function listReportReaders(
  tx: Tx,
  { listId, promisedTo }: DueReport,
  atMost: number,
): Promise<ReportReader[]> {
  const { rows } = await sql<ReportReader>`
    select f.id as "followId", f.subscriber_id as "subscriberId", p.timezone
    from list_follows f join lists l on l.id = f.list_id join subscribers p on p.id = f.subscriber_id
    where f.list_id = ${listId} and f.id > ${promisedTo} and ${getsReports}
      and not exists (select from suppressions x where x.address_hash = p.address_hash)
    order by f.id limit ${atMost}`.execute(tx);
  return rows;
}

/** How many would get a report of a list now. */
export async function countReportReaders(db: Db | Tx, listId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from list_follows f join lists l on l.id = f.list_id
    where f.list_id = ${listId} and ${getsReports}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Promises a report to some followers, each at their own instant, once. Returns the deliveries' ids. */
export async function promiseReport(
  tx: Tx,
  reportId: number,
  readers: readonly { subscriberId: number; at: Instant }[],
  now: Instant,
): Promise<number[]> {
  if (readers.length === 0) return [];
  // As with digests, the date, and with it the Message-ID, is that of the promise.
  const { rows } = await sql<{ id: number }>`
    insert into deliveries (kind, subscriber_id, list_report_id, due_at, planned_at, message_date)
    select 'report', n.id, ${reportId}::bigint, n.at, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${readers.map((one) => one.subscriberId)}::bigint[],
      ${readers.map(({ at }) => at)}::timestamptz[]) as n (id, at)
    on conflict do nothing returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Notes up to which follow a report is promised, and whether that is all. */
export async function notePromised(
  tx: Tx,
  id: number,
  promisedTo: number,
  promisedAt: Instant | null,
): Promise<void> {
  await sql`update list_reports set promised_to = ${promisedTo}, promised_at = ${promisedAt} where id = ${id}`.execute(
    tx,
  );
}
