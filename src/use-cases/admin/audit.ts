import type { Db, Tx } from '../../db/connect.ts';

/**
 * The details of an act in the audit log, beside actor, act and instant. `subject` names it by kind and
 * number.
 */
export type AuditDetails = { subject: string; reason?: string | null; details?: Record<string, unknown> };

/**
 * Writes an act to the audit log in the act's own transaction (P8). Actor, act and instant are already bound.
 */
export type WriteAuditEntry = (tx: Tx, entry: AuditDetails) => Promise<void>;

/** The name of a person in the audit log: it outlives their address. */
export function subscriberSubject(id: number): string {
  return `subscriber ${id}`;
}

/**
 * Does work outside this database and writes it to the audit log. The row is written first, and stays only if
 * `work` succeeds.
 */
export async function withAuditEntry<T>(
  db: Db,
  log: WriteAuditEntry,
  entry: AuditDetails,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await log(tx, entry);
    return work(tx);
  });
}

/** Logs an act that was done outside this database, or is about to be. */
export async function writeAuditEntry(db: Db, log: WriteAuditEntry, entry: AuditDetails): Promise<void> {
  await withAuditEntry(db, log, entry, async () => {});
}
