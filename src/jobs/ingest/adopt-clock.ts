import { nextDueAt } from '../../core/schedule.ts';
import { listMadeLater, refreshNextDue, setNextDue } from '../../db/subscribers/subscriptions.ts';
import type { Context } from '../context.ts';

/**
 * A round may be run as of an instant before a subscription was made, to replay recorded days. The first
 * digest of such a subscription is then due by the round's clock.
 */
export async function adoptClock(context: Context): Promise<void> {
  const after = context.now();
  await context.db.transaction().execute(async (tx) => {
    const later = await listMadeLater(tx, after);
    if (later.length === 0) return;
    await setNextDue(
      tx,
      later.map(({ id, ...cadence }) => ({ id, nextDueAt: nextDueAt({ ...cadence, after }) })),
    );
    await refreshNextDue(tx, [...new Set(later.map(({ subscriberId }) => subscriberId))]);
  });
}
