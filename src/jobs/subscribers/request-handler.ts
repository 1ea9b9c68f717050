import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import type { Context } from '../context.ts';

/**
 * Handles a kind of request in the transaction that takes its row: once, or not at all. The function that it
 * returns runs after the commit.
 */
export type RequestHandler = (
  context: Context,
  tx: Tx,
  params: unknown,
  askedAt: Instant,
) => Promise<(() => Promise<void>) | undefined>;
