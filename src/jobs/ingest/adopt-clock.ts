import { nextDueAt } from '../../core/schedule.ts';
import { listMadeLater, refreshNextDue, setNextDue } from '../../db/subscribers/subscriptions.ts';
import type { Context } from '../context.ts';

/**
 * A round may be told to count as an instant before a subscription was made: recorded days are replayed so. Such a
 * subscription's first digest is then due by the round's clock, not by the one it was made under.
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
