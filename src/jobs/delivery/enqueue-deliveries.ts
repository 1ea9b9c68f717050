import { listDueDeliveries } from '../../db/delivery/deliveries.ts';
import { readPause } from '../../db/delivery/smtp-circuits.ts';
import { enqueueSends } from '../../use-cases/enqueue-planned.ts';
import { type Context, smtpCircuitOf } from '../context.ts';
import type { Turn } from '../turn.ts';

/** The maximum number of deliveries that one sweep enqueues, and that one step enqueues. */
const atMost = 5_000;
const stepSize = 500;

/**
 * Enqueues due deliveries, those that have waited longest first, until `isOver`. While the circuit is open
 * and may be probed, enqueues a single one.
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
