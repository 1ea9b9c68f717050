import type { Instant } from '../core/trial.ts';
import { addRequest } from '../db/subscribers/requests.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Hands a request to the workers: stores it as an encrypted row and enqueues it. While the queue's store is
 * unavailable, the next sweep finds the row.
 */
export async function submitRequest(
  { db, keys, enqueue }: Omit<UseCaseContext, 'config'>,
  kind: string,
  params: object,
  now: Instant,
): Promise<void> {
  const requestId = await addRequest(db, { kind, params: keys.encrypt(JSON.stringify(params)), now });
  await enqueue('requests', { requestId });
}
