import { listDueDeliveries } from '../../db/delivery/deliveries.ts';
import { readPause } from '../../db/delivery/smtp-circuits.ts';
import { enqueueSends } from '../../use-cases/enqueue-planned.ts';
import { type Context, smtpCircuitOf } from '../context.ts';
import type { Turn } from '../turn.ts';

/** Deliveries enqueued by one sweep, and in one step. */
const atMost = 5_000;
const stepSize = 500;

/**
 * Enqueues whatever is due, the longest waiting first, until `isOver`; or a single mail while the circuit is open and may
 * be probed.
 */
export async function enqueueDueDeliveries(context: Context, isOver: Turn = () => false): Promise<void> {
  const now = context.now();
  const circuit = smtpCircuitOf(context);
  const pause = circuit === null ? null : await readPause(context.db, circuit);
  if (pause && pause.until > now) return;
  const due = await listDueDeliveries(context.db, now, pause ? 1 : atMost);
  const ids = due.map(({ id }) => id);
  for (let from = 0; from < ids.length && !isOver(); from += stepSize)
    await enqueueSends(context, ids.slice(from, from + stepSize));
}
