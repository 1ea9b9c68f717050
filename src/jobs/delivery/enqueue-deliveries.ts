import { listDueDeliveries } from '../../db/delivery/deliveries.ts';
import { readPause } from '../../db/delivery/smtp-circuits.ts';
import { type Context, smtpCircuitOf } from '../context.ts';

/** Deliveries rung for at once. */
const ringAtMost = 5_000;
const ringsAtOnce = 20;

/** Rings for whatever is due and quiet; for one mail only while its lane stands still and may be probed. */
export async function enqueueDueDeliveries(context: Context): Promise<void> {
  const now = context.now();
  const lane = smtpCircuitOf(context);
  const pause = lane === null ? null : await readPause(context.db, lane);
  if (pause && pause.until > now) return;
  const due = (await listDueDeliveries(context.db, now, pause ? 1 : ringAtMost)).values();
  const ringer = async () => {
    for (const { id: deliveryId } of due) await context.enqueue('send', { deliveryId });
  };
  await Promise.all(Array.from({ length: ringsAtOnce }, ringer));
}
