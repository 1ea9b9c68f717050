import { listDueDeliveries } from '../../db/delivery/deliveries.ts';
import { readPause } from '../../db/delivery/smtp-circuits.ts';
import { type Context, smtpCircuitOf } from '../context.ts';

const enqueueAtMost = 5_000;
const inParallel = 20;

/** Enqueues whatever is due, or a single mail while the circuit is open and may be probed. */
export async function enqueueDueDeliveries(context: Context): Promise<void> {
  const now = context.now();
  const circuit = smtpCircuitOf(context);
  const pause = circuit === null ? null : await readPause(context.db, circuit);
  if (pause && pause.until > now) return;
  const due = (await listDueDeliveries(context.db, now, pause ? 1 : enqueueAtMost)).values();
  const enqueueNext = async () => {
    for (const { id: deliveryId } of due) await context.enqueue('send', { deliveryId });
  };
  await Promise.all(Array.from({ length: inParallel }, enqueueNext));
}
