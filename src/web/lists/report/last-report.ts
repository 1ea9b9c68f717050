import type { Wording } from '../../../core/wording/wording.ts';
import { findLastReport } from '../../../db/lists/reports.ts';
import type { WebDeps } from '../../http/web-deps.ts';

/** What the owner of a list is told of the last report that they ordered; null if there is nothing to say. */
export async function lastReportView(
  { db, config }: Pick<WebDeps, 'db' | 'config'>,
  wording: Wording,
  listId: number,
): Promise<{ said: string; cancel: number | null } | null> {
  const last = await findLastReport(db, listId);
  if (last === null || last.cancelledBy === 'owner') return null;
  const { id, dueAt, isBegun, cancelledAt } = last;
  const moment = wording.moment(dueAt, config.defaultTimezone);
  if (cancelledAt !== null) return { said: wording.say('lists.report.stopped', { moment }), cancel: null };
  return isBegun
    ? { said: wording.say('lists.report.sent', { moment }), cancel: null }
    : { said: wording.say('lists.report.waits', { moment }), cancel: id };
}
