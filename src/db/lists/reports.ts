import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { ListReport } from '../../core/wording/report/report-words.ts';
import type { Db, Tx } from '../connect.ts';

/** An order of a report, without what it says. */
export type OrderedReport = {
  id: number;
  listId: number;
  orderedAt: Instant;
  dueAt: Instant;
  /** Its mails are being promised: its owner can no longer cancel it. */
  isBegun: boolean;
  promisedAt: Instant | null;
  cancelledAt: Instant | null;
  cancelledBy: 'owner' | 'admin' | null;
};

const columns = sql`r.id, r.list_id as "listId", r.ordered_at as "orderedAt", r.due_at as "dueAt",
  r.promised_to > 0 or r.promised_at is not null as "isBegun", r.promised_at as "promisedAt",
  r.cancelled_at as "cancelledAt", r.cancelled_by as "cancelledBy"`;

/** The last report that was ordered for a list; null if none is stored. */
export async function findLastReport(db: Db | Tx, listId: number): Promise<OrderedReport | null> {
  const { rows } = await sql<OrderedReport>`
    select ${columns} from list_reports r where r.list_id = ${listId} order by r.id desc limit 1`.execute(db);
  return rows[0] ?? null;
}

/** When the last report of a list was ordered that was sent, in part or whole, or will be; null if none was. */
export async function lastOrderedAt(db: Db | Tx, listId: number): Promise<Instant | null> {
  const { rows } = await sql<{ at: Instant | null }>`
    select max(ordered_at) as at from list_reports
    where list_id = ${listId} and (cancelled_at is null or promised_to > 0)`.execute(db);
  return rows[0]?.at ?? null;
}

/** Orders a report of a list, which must be locked. What it says is stored as it is now. */
export async function addReport(
  tx: Tx,
  report: { listId: number; content: ListReport; now: Instant; dueAt: Instant },
): Promise<void> {
  await sql`
    insert into list_reports (list_id, content, ordered_at, due_at)
    values (${report.listId}, ${JSON.stringify(report.content)}::jsonb, ${report.now}, ${report.dueAt})`.execute(
    tx,
  );
}

/**
 * Cancels a report that was not cancelled before: its owner's, of one of their living lists, before its mails are
 * promised, or an admin's, whose mails that were not handed over stay here. False if that cannot be.
 */
export async function cancelReport(
  tx: Tx,
  id: number,
  by: { ownerId: number; listId: number } | 'admin',
  now: Instant,
): Promise<boolean> {
  const who = by === 'admin' ? 'admin' : 'owner';
  const which =
    by === 'admin'
      ? sql`true`
      : sql`r.list_id = ${by.listId} and r.promised_to = 0 and r.promised_at is null and exists (
          select from lists l where l.id = r.list_id and l.subscriber_id = ${by.ownerId} and l.ended_at is null)`;
  const { numAffectedRows } = await sql`
    update list_reports r set cancelled_at = ${now}, cancelled_by = ${who}
    where r.id = ${id} and r.cancelled_at is null and ${which}`.execute(tx);
  return numAffectedRows === 1n;
}

/** Forgets what the reports of ended lists say. Those that were not sent whole are cancelled. */
export async function forgetReports(
  tx: Tx,
  listIds: readonly number[],
  by: 'owner' | 'admin',
  now: Instant,
): Promise<void> {
  const isOpen = sql`promised_at is null and cancelled_at is null`;
  await sql`
    update list_reports set content = null,
      cancelled_at = case when ${isOpen} then ${now}::timestamptz else cancelled_at end,
      cancelled_by = case when ${isOpen} then ${by}::text else cancelled_by end
    where list_id = any(${[...listIds]}::bigint[])`.execute(tx);
}

/** What a report says; null if it was cancelled or forgotten. */
export async function readReport(db: Db | Tx, id: number): Promise<ListReport | null> {
  const { rows } = await sql<{ content: ListReport | null }>`
    select content from list_reports where id = ${id} and cancelled_at is null`.execute(db);
  return rows[0]?.content ?? null;
}

/** An order as admins see it: of which list, what its owner says in it, and how many mails are promised. */
export type ShownReport = OrderedReport & {
  list: string;
  organization: string;
  introduction: string;
  contact: string;
  mails: number;
  /** Those of them that are not handed over. */
  waiting: number;
};

/** The stored orders of reports, newest first. */
export async function listReports(db: Db, atMost: number): Promise<ShownReport[]> {
  const { rows } = await sql<ShownReport>`
    select ${columns}, l.name as list, l.organization, coalesce(r.content->>'introduction', '') as introduction,
      coalesce(r.content->>'contact', '') as contact,
      m.mails, m.waiting
    from list_reports r join lists l on l.id = r.list_id cross join lateral (
      select count(*)::int as mails,
        (count(*) filter (where d.phase in ('planned', 'claimed', 'retry')))::int as waiting
      from deliveries d where d.list_report_id = r.id) m
    order by r.id desc limit ${atMost}`.execute(db);
  return rows;
}
