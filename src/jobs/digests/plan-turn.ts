import { enqueueSends } from '../../use-cases/enqueue-planned.ts';
import type { Context } from '../context.ts';
import { beginTurn } from '../turn.ts';
import { planDigests } from './plan.ts';
import { planNotes } from './plan-notes.ts';
import { planReports } from './plan-reports.ts';

/**
 * Plans digests, then notes, then reports of lists for one turn, those due longest first, and enqueues their mails. At the end of
 * the turn, enqueues planning again for the rest. `signal` stops it between two batches by throwing.
 */
export async function planTurn(context: Context, signal?: AbortSignal): Promise<void> {
  const isOver = beginTurn(context.now);
  await enqueueSends(context, (await planDigests(context, signal, isOver)).deliveryIds);
  if (!isOver()) await enqueueSends(context, await planNotes(context, signal, isOver));
  if (!isOver()) await enqueueSends(context, await planReports(context, signal, isOver));
  if (isOver()) await context.enqueue('plan', {});
}
