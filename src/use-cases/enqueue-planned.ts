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

/** Enqueues mails to be sent. While the queue's store is unavailable, they wait for the sweep. */
export async function enqueueSends(
  { enqueue }: Pick<UseCaseContext, 'enqueue'>,
  deliveryIds: readonly number[],
): Promise<void> {
  await enqueue(
    'send',
    deliveryIds.map((deliveryId) => ({ deliveryId })),
  );
}
