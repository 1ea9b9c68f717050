import type { Instant } from '../../core/trial.ts';
import { type PersonSubscription, pickSubscriptions } from '../../db/admin/people.ts';
import type { Tx } from '../../db/connect.ts';
import { type LockedSubscriber, lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import type { UseCaseContext } from '../context.ts';
import {
  pauseSubscriptions,
  resumeSubscriptions,
  stopSubscriptions,
  undoStop,
} from '../subscriptions/change-state.ts';
import { subscriberSubject, type WriteAuditEntry } from './audit.ts';

/** An admin's act on a person's subscriptions. */
export type AdminAct = 'pause' | 'resume' | 'stop' | 'undo';

type Change = (
  tx: Tx,
  person: LockedSubscriber,
  ids: number[],
  now: Instant,
  until: Instant | null,
) => Promise<number>;

/** Each act with the states that it can change. Repeated, by anybody, it has no effect. */
const acts: Record<AdminAct, { states: PersonSubscription['state'][]; change: Change }> = {
  pause: {
    states: ['active'],
    change: (tx, person, ids, _now, until) => pauseSubscriptions(tx, person, ids, until, { by: 'admin' }),
  },
  resume: { states: ['paused'], change: resumeSubscriptions },
  stop: {
    states: ['active', 'paused', 'pending'],
    change: (tx, person, ids, now) => stopSubscriptions(tx, person, ids, now, 'admin'),
  },
  undo: { states: ['ended'], change: undoStop },
};

/**
 * Changes one of a person's subscriptions, or all. An admin cannot resume what a reader paused or stopped:
 * mails begin again only at their owner's request (P4); `isTheirs` then says so. The log names subscriptions
 * by number: their subjects are erased with the person, while the log stays (P5).
 */
export async function changeForPerson(
  { db }: Pick<UseCaseContext, 'db'>,
  log: WriteAuditEntry,
  target: { subscriberId: number; which: number | 'all'; act: AdminAct; until: Instant | null },
  now: Instant,
): Promise<{ changed: number; isTheirs: boolean }> {
  const { subscriberId, which, act, until } = target;
  const { states, change } = acts[act];
  const isResuming = act === 'resume' || act === 'undo';
  return db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, subscriberId);
    const found = person ? await pickSubscriptions(tx, subscriberId, which, states) : [];
    const ids = found.filter(({ haltedBy }) => !isResuming || haltedBy === 'admin').map(({ id }) => id);
    const changed = person && ids.length > 0 ? await change(tx, person, ids, now, until) : 0;
    const details = { subscriptions: ids, ...(until ? { until } : {}) };
    if (changed > 0) await log(tx, { subject: subscriberSubject(subscriberId), details });
    return { changed, isTheirs: found.length > ids.length };
  });
}
