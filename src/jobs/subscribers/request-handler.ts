import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import type { Context } from '../context.ts';

/**
 * Does what a kind of request asks, in the transaction that takes its row: once, or not at all. What it returns is done
 * after the commit.
 */
export type RequestHandler = (
  context: Context,
  tx: Tx,
  params: unknown,
  askedAt: Instant,
) => Promise<(() => Promise<void>) | undefined>;
