import { raiseAlert } from '../db/admin/alerts.ts';
import { planDelivery } from '../db/delivery/deliveries.ts';
import { withoutAddresses } from '../errors.ts';
import { enqueueSends } from '../use-cases/enqueue-planned.ts';
import type { Context } from './context.ts';

/** An alarm: its name, and the message to admins, which is null while its condition is absent. */
export type Alarm = { name: string; message: string | null };

/** Notifies the admins of an alarm, once a day while it lasts. */
export async function raiseAlarm(context: Context, name: string, message: string): Promise<void> {
  const now = context.now();
  const said = withoutAddresses(message);
  const ids = await context.db.transaction().execute(async (tx) => {
    if (!(await raiseAlert(tx, name, said, now))) return [];
    context.log.error({ alarm: name, reason: said }, 'alarm');
    const planned: number[] = [];
    for (const admin of context.config.adminEmails) {
      const id = await planDelivery(tx, {
        kind: 'alert',
        subscriberId: null,
        address: context.keys.encrypt(admin),
        params: context.keys.encrypt(JSON.stringify({ name, message: said })),
        now,
      });
      planned.push(id);
    }
    return planned;
  });
  await enqueueSends(context, ids);
}
