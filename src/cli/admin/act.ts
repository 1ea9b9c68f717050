import type { Instant } from '../../core/trial.ts';
import { writeAudit } from '../../db/audit-log.ts';
import type { Tx } from '../../db/connect.ts';
import type { Context } from '../../jobs/context.ts';
import type { WriteAuditEntry } from '../../use-cases/admin/audit.ts';

/** The actor of acts from the command line. */
const commandLineActor = 'command line';

/** The audit log entry of an act. */
type Entry = { act: string; subject: string; details?: Record<string, unknown> };

/** Makes the function with which a use case writes an act from the command line to the audit log (P8). */
export function auditByHand(act: string, now: Instant): WriteAuditEntry {
  return (tx, entry) => writeAudit(tx, { ...entry, actor: commandLineActor, act, now });
}

/** Performs an act from the command line and writes it to the audit log in the same transaction (P8). */
export function actByHand<T>(
  { db, now }: Context,
  work: (tx: Tx) => Promise<{ result: T; entry: Entry | null }>,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const { result, entry } = await work(tx);
    if (entry) await writeAudit(tx, { ...entry, actor: commandLineActor, now: now() });
    return result;
  });
}
