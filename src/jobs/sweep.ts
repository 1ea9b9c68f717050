import { addMs } from '../core/instants.ts';
import { closeAmbiguous, expireClaims } from '../db/delivery/deliveries.ts';
import { fillTrialMarks } from '../db/maintenance/fill-trial-marks.ts';
import { packVersions } from '../db/maintenance/pack-versions.ts';
import { expireRows } from '../db/maintenance/retention.ts';
import { resumePaused } from '../use-cases/subscriptions/change-state.ts';
import { syncLists } from '../use-cases/subscriptions/sync-lists.ts';
import type { Context } from './context.ts';
import { enqueueDueDeliveries } from './delivery/enqueue-deliveries.ts';
import { checkAlarms } from './ops/alarms.ts';
import { enqueueRequests } from './requests.ts';
import { beginTurn } from './turn.ts';

/** A delivery with unknown outcome is tried again after this time, with the same Message-ID. */
const settleAfterMs = 30 * 60_000;

/**
 * Settles expired claims, enqueues waiting requests and due deliveries, ends pauses whose date has come,
 * gives followers of lists their edits, deletes expired rows, fills in facts that an upgrade added, and checks the alarms, whose names it returns. All pending work is in rows, so a queue that lost
 * its jobs is refilled here. Whatever does not fit into the turn waits for the next sweep, except the alarms.
 */
export async function sweep(context: Context): Promise<string[]> {
  const isOver = beginTurn(context.now);
  const now = context.now();
  await settleDoubts(context);
  await enqueueRequests(context);
  await enqueueDueDeliveries(context, isOver);
  await resumePaused(context.db, now, isOver);
  await syncLists(context.db, now, isOver);
  await expireRows(context.db, now, isOver);
  await fillTrialMarks(context.db, isOver);
  await packVersions(context.db, isOver);
  return checkAlarms(context);
}

/** Settles expired claims. Sends deliveries again whose outcome has long been unknown, unless that is turned off. */
export async function settleDoubts(context: Context): Promise<void> {
  const now = context.now();
  const expired = await expireClaims(context.db);
  if (expired.ambiguous > 0) context.log.warn(expired, 'deliveries without a reported outcome');
  if (!context.config.ambiguousRetry) return;
  await closeAmbiguous(context.db, addMs(now, -settleAfterMs), now);
}
