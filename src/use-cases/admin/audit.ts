import type { Db, Tx } from '../../db/connect.ts';

/** What the audit log says of an act beside who did it and when. `subject` names it by kind and number. */
export type AuditDetails = { subject: string; reason?: string | null; details?: Record<string, unknown> };

/** Writes an act to the audit log in the transaction that does it (P8); actor, act and instant are bound already. */
export type WriteAuditEntry = (tx: Tx, entry: AuditDetails) => Promise<void>;

/** What the audit log calls a person: it outlives their address. */
export function subscriberSubject(id: number): string {
  return `subscriber ${id}`;
}

/**
 * Does something whose own effects are not in this database, and writes it to the audit log: the row is written first
 * and stays only when `work` succeeds.
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

/** Writes to the audit log something that was done outside this database, or is about to be. */
export async function writeAuditEntry(db: Db, log: WriteAuditEntry, entry: AuditDetails): Promise<void> {
  await withAuditEntry(db, log, entry, async () => {});
}
