import type { Instant } from '../../core/trial.ts';
import { cancelReport } from '../../db/lists/reports.ts';
import type { UseCaseContext } from '../context.ts';
import type { WriteAuditEntry } from './audit.ts';

/**
 * Stops a report of a list, with an entry in the audit log: none of its mails that was not handed over goes out. False
 * if there is no such report, or it was cancelled before.
 */
export async function stopReport(
  { db }: Pick<UseCaseContext, 'db'>,
  log: WriteAuditEntry,
  id: number,
  reason: string,
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if (!(await cancelReport(tx, id, 'admin', now))) return false;
    await log(tx, { subject: `report ${id}`, reason });
    return true;
  });
}
