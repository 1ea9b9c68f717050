import type { Instant } from '../core/trial.ts';
import { listPlannedOf } from '../db/delivery/deliveries.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Enqueues the mails just planned for some people, after the commit that planned them, and only those: thousands of
 * others may be waiting and are enqueued already.
 */
export async function enqueuePlanned(
  { db, enqueue }: Pick<UseCaseContext, 'db' | 'enqueue'>,
  subscriberIds: readonly number[],
  now: Instant,
): Promise<void> {
  for (const deliveryId of await listPlannedOf(db, subscriberIds, now)) {
    // The queue's store is away: the sweep enqueues the rest.
    if (!(await enqueue('send', { deliveryId }))) return;
  }
}
