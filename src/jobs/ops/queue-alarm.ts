import { listDueDeliveries } from '../../db/delivery/deliveries.ts';
import type { Context } from '../context.ts';
import { trySending } from '../delivery/send.ts';
import { type Alarm, raiseAlarm } from '../raise-alarm.ts';

/** The alarm about a fault of the queue's store (O4). */
export async function findQueueAlarm({ queueFault }: Context): Promise<Alarm> {
  const fault = (await queueFault?.()) ?? null;
  const message = `The queue does not work, so nothing is read and no email goes out. ${fault}`;
  return { name: 'queue-fault', message: fault === null ? null : message };
}

/**
 * Returns a check of the queue's store that needs no queue. If it finds a fault twice in a row, it raises the
 * alarm and sends the alarm's mails itself. A sweep clears the alarm.
 */
export function openQueueWatch(context: Context): () => Promise<void> {
  let wasFaulty = false;
  return async () => {
    const { name, message } = await findQueueAlarm(context);
    const lasts = wasFaulty && message !== null;
    wasFaulty = message !== null;
    if (!lasts) return;
    await raiseAlarm(context, name, message);
    const due = await listDueDeliveries(context.db, context.now(), alertsAtOnce);
    for (const { id, kind } of due) if (kind === 'alert') await trySending(context, id);
  };
}

const alertsAtOnce = 1_000;
