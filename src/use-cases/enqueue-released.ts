import type { Instant } from '../core/trial.ts';
import { listDueWebhooks } from '../db/integrations/webhooks.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Enqueues the planning and the webhooks of changes that were just released. Call it after the commit. While
 * the queue's store is unavailable, they wait for the ticks.
 */
export async function enqueueReleased(
  { db, enqueue }: Pick<UseCaseContext, 'db' | 'enqueue'>,
  now: Instant,
): Promise<void> {
  await enqueue('plan', {});
  const due = await listDueWebhooks(db, now);
  await enqueue(
    'webhooks',
    due.map((webhookId) => ({ webhookId })),
  );
}
