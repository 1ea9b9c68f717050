import { listDueDeliveries } from '../../db/delivery/deliveries.ts';
import type { Context } from '../context.ts';
import { trySending } from '../delivery/send.ts';
import { type Alarm, raiseAlarm } from '../raise-alarm.ts';

/** The alarm about the queue's store, which brings neither readings nor mails on their way (O4). */
export async function findQueueAlarm({ queueFault }: Context): Promise<Alarm> {
  const fault = (await queueFault?.()) ?? null;
  const message = `The queue does not work, so that nothing is read and no mail goes out. ${fault}`;
  return { name: 'queue-fault', message: fault === null ? null : message };
}

/**
 * Returns a check of the queue's store that needs no queue. At a fault that was there at the check before too, it
 * raises the alarm and sends the alarm's mails itself. A sweep says when it is over.
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
