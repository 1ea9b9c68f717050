import { addMs } from '../core/instants.ts';
import { closeAmbiguous, expireClaims } from '../db/delivery/deliveries.ts';
import { expireRows } from '../db/maintenance/retention.ts';
import { resumePaused } from '../use-cases/subscriptions/change-state.ts';
import type { Context } from './context.ts';
import { enqueueDueDeliveries } from './delivery/enqueue-deliveries.ts';
import { checkAlarms } from './ops/alarms.ts';
import { enqueueRequests } from './requests.ts';
import { beginTurn } from './turn.ts';

/** An ambiguous delivery is tried once more after this long, with the same Message-ID. */
const settleAfterMs = 30 * 60_000;

/**
 * Settles leases that ran out, enqueues again whatever is due and quiet, ends pauses whose date has come, lets expired
 * rows go, and looks for what harms people: the names of that are returned. Everything owed is a row, so a queue that lost
 * its jobs is filled again from here. What does not fit into its turn is left for the next sweep, never the alarms.
 */
export async function sweep(context: Context): Promise<string[]> {
  const isOver = beginTurn(context.now);
  const now = context.now();
  await settleDoubts(context);
  await enqueueRequests(context);
  await enqueueDueDeliveries(context, isOver);
  await resumePaused(context.db, now, isOver);
  await expireRows(context.db, now, isOver);
  return checkAlarms(context);
}

/** Settles leases that ran out, and lets what is ambiguous for long go out once more, unless that is turned off. */
export async function settleDoubts(context: Context): Promise<void> {
  const now = context.now();
  const expired = await expireClaims(context.db);
  if (expired.ambiguous > 0) context.log.warn(expired, 'deliveries nobody reported on');
  if (!context.config.ambiguousRetry) return;
  await closeAmbiguous(context.db, addMs(now, -settleAfterMs), now);
}
