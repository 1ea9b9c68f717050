import { type RawBuilder, sql } from 'kysely';
import type { Instant } from '../core/trial.ts';
import { withoutAddresses } from '../errors.ts';
import type { Db, Tx } from './connect.ts';

/**
 * An act of an admin. `subject` names it by kind and number ("run 12", "subscriber 7"), never by a person's
 * address.
 */
export type AuditEntry = {
  actor: string;
  act: string;
  subject: string;
  reason?: string | null;
  details?: Record<string, unknown>;
  now: Instant;
};

/** Writes a row of the audit log, in the act's own transaction. Removes addresses from the reason. */
export async function writeAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  const { actor, act, subject, reason, details = {}, now } = entry;
  const said = reason ? withoutAddresses(reason) : null;
  await sql`insert into audit_log (at, actor, act, subject, reason, details)
    values (${now}, ${actor}, ${act}, ${subject}, ${said}, ${JSON.stringify(details)}::jsonb)`.execute(tx);
}

/** A row of the audit log as displayed. */
export type AuditRow = {
  id: number;
  at: Instant;
  actor: string;
  act: string;
  subject: string;
  reason: string | null;
  details: Record<string, unknown>;
};

/** A filter; null matches everything. `from` is inclusive, `until` is exclusive. */
export type AuditFilter = {
  actor: string | null;
  act: string | null;
  subject: string | null;
  from: Instant | null;
  until: Instant | null;
};

/** Rows of the audit log, newest first; with `before`, only older rows. */
export async function listAudit(
  db: Db,
  filter: AuditFilter,
  page: { before: number | null; limit: number },
): Promise<AuditRow[]> {
  const { actor, act, subject, from, until } = filter;
  const conditions: RawBuilder<unknown>[] = [sql`true`];
  if (actor !== null) conditions.push(sql`actor = ${actor}`);
  if (act !== null) conditions.push(sql`act = ${act}`);
  if (subject !== null) conditions.push(sql`subject = ${subject}`);
  if (from !== null) conditions.push(sql`at >= ${from}`);
  if (until !== null) conditions.push(sql`at < ${until}`);
  if (page.before !== null)
    conditions.push(sql`(at, id) < (select b.at, b.id from audit_log b where b.id = ${page.before})`);
  const { rows } = await sql<AuditRow>`
    select id, at, actor, act, subject, reason, details from audit_log
    where ${sql.join(conditions, sql` and `)} order by at desc, id desc limit ${page.limit}`.execute(db);
  return rows;
}
