import type { Instant } from '../core/trial.ts';
import { listPlannedOf } from '../db/delivery/deliveries.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Enqueues the mails just planned for some people. Call it after their commit. Leaves out all others:
 * thousands may be waiting, and are already enqueued.
 */
export async function enqueuePlanned(
  { db, enqueue }: Pick<UseCaseContext, 'db' | 'enqueue'>,
  subscriberIds: readonly number[],
  now: Instant,
): Promise<void> {
  await enqueueSends({ enqueue }, await listPlannedOf(db, subscriberIds, now));
}

/**
 * Deliveries in one job at most: a killed process's jobs are done again after half a minute, and another process cannot
 * help with those of this one.
 */
const idsPerJob = 16;

/**
 * Enqueues mails to be sent, in the order given, near ones in one job. While the queue's store is unavailable, they
 * wait for the sweep.
 */
export async function enqueueSends(
  { enqueue }: Pick<UseCaseContext, 'enqueue'>,
  deliveryIds: readonly number[],
): Promise<void> {
  const near = Map.groupBy(deliveryIds, (id) => Math.floor(id / idsPerJob));
  const jobs = [...near.values()].map((ids) => {
    const [deliveryId, through] = [Math.min(...ids), Math.max(...ids)];
    return through === deliveryId ? { deliveryId } : { deliveryId, through };
  });
  await enqueue('send', jobs);
}
