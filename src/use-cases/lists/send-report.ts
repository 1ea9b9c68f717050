import { nextReportAt, reportDueAt } from '../../core/lists/list-report.ts';
import type { Instant } from '../../core/trial.ts';
import type { ListReport } from '../../core/wording/report/report-words.ts';
import { lockOwnList } from '../../db/lists/lists.ts';
import { addReport, cancelReport, lastOrderedAt } from '../../db/lists/reports.ts';
import type { UseCaseContext } from '../context.ts';

type Context = Pick<UseCaseContext, 'db'>;

/**
 * Orders a report of an own list, to be sent to its followers an hour later just as it is now. `recent`: another one was
 * ordered within 7 days, and not cancelled; null: there is no such list.
 */
export async function orderReport(
  { db }: Context,
  ownerId: number,
  listId: number,
  content: ListReport,
  now: Instant,
): Promise<'ordered' | 'recent' | null> {
  return db.transaction().execute(async (tx) => {
    if (!(await lockOwnList(tx, ownerId, listId))) return null;
    const last = await lastOrderedAt(tx, listId);
    if (last !== null && nextReportAt(last) > now) return 'recent';
    await addReport(tx, { listId, content, now, dueAt: reportDueAt(now) });
    return 'ordered';
  });
}

/** Cancels a report of an own list before it is sent. False if there is none that can be cancelled. */
export async function cancelOwnReport(
  { db }: Context,
  ownerId: number,
  listId: number,
  reportId: number,
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute((tx) => cancelReport(tx, reportId, { ownerId, listId }, now));
}
