import { immediateAt } from '../../core/schedule.ts';
import {
  listReportReaders,
  notePromised,
  promiseReport,
  type ReportReader,
  takeDueReport,
} from '../../db/digests/report-mails.ts';
import type { Context } from '../context.ts';
import type { Turn } from '../turn.ts';

/** People per transaction. */
const batchSize = 500;

/**
 * Promises the reports of lists that are due to those followers who agreed to reports, each once. None goes at night,
 * where its reader lives. Returns the ids of the deliveries that can go now. `signal` stops it between two batches by
 * throwing; at the end of the turn it stops without throwing, and goes on from there in the next one.
 */
export async function planReports(
  context: Context,
  signal?: AbortSignal,
  isOver: Turn = () => false,
): Promise<number[]> {
  const all: number[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const ids = await planBatch(context);
    if (ids === null) return all;
    for (const id of ids) all.push(id);
    if (isOver()) return all;
  }
}

async function planBatch(context: Context): Promise<number[] | null> {
  const now = context.now();
  return context.db.transaction().execute(async (tx) => {
    const report = await takeDueReport(tx, now);
    if (report === null) return null;
    const readers = await listReportReaders(tx, report, batchSize);
    const times = new Map<string, string>();
    const at = ({ timezone }: ReportReader) => {
      const known = times.get(timezone) ?? immediateAt(now, timezone, true);
      times.set(timezone, known);
      return known;
    };
    const timed = readers.map((one) => ({ ...one, at: at(one) }));
    const isNow = ({ at: one }: { at: string }) => one <= now;
    const ids = [...(await promiseReport(tx, report.id, timed.filter(isNow), now))];
    await promiseReport(
      tx,
      report.id,
      timed.filter((one) => !isNow(one)),
      now,
    );
    const isWhole = readers.length < batchSize;
    await notePromised(tx, report.id, readers.at(-1)?.followId ?? report.promisedTo, isWhole ? now : null);
    return ids;
  });
}
