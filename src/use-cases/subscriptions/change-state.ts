import { addMs, dayMs } from '../../core/instants.ts';
import { type Frequency, nextDueAt } from '../../core/schedule.ts';
import { undoDays } from '../../core/subscriptions/lifetimes.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../../db/connect.ts';
import { endListFollows, restoreListFollows } from '../../db/lists/list-follows.ts';
import type { Actor } from '../../db/schema.ts';
import { lookAtNotes, startNoNewsClock } from '../../db/subscribers/note-schedule.ts';
import {
  claimEnded,
  deletePending,
  type LockedSubscriber,
  listCadences,
  listEndingPauses,
  listPausesEnding,
  listScheduled,
  lockSubscriber,
  markEnded,
  markPaused,
  markResumed,
  restoreEnded,
  setClock,
  setFrequency,
  type Which,
  withdrawUnsent,
} from '../../db/subscribers/subscription-state.ts';
import { refreshNextDue, setNextDue } from '../../db/subscribers/subscriptions.ts';

// These functions work in the caller's transaction, on a person whom it has locked.

/** The number of people whose pauses end per call; the next call continues. */
const resumedAtMost = 1_000;

/**
 * Stops subscriptions; those never confirmed are deleted. Waiting digests are withdrawn, and their changes
 * are mailed after all if the stop is undone. If both an admin and the reader stopped a subscription, only
 * the reader can undo it. A list of which nothing is left is no longer followed. Returns the number stopped.
 */
export async function stopSubscriptions(
  tx: Tx,
  { id }: LockedSubscriber,
  which: Which,
  now: Instant,
  by: Actor = 'reader',
): Promise<number> {
  await withdrawUnsent(tx, id, which);
  if (by === 'reader') await claimEnded(tx, id, which);
  const ended = await markEnded(tx, id, which, { by, now });
  const deleted = await deletePending(tx, id, which);
  await endListFollows(tx, id, which === 'all' ? 'all' : 'emptied', now);
  await refreshNextDue(tx, [id]);
  return ended + deleted;
}

/**
 * Pauses subscriptions until an instant, or (null) until they are resumed. Their cursors stay.
 * `neverShorter`: a longer pause stays unchanged. Returns the number changed.
 */
export async function pauseSubscriptions(
  tx: Tx,
  { id }: LockedSubscriber,
  which: Which,
  until: Instant | null,
  { neverShorter = false, by = 'reader' }: { neverShorter?: boolean; by?: Actor } = {},
): Promise<number> {
  await withdrawUnsent(tx, id, which);
  const count = await markPaused(tx, id, which, { until, neverShorter, by });
  await refreshNextDue(tx, [id]);
  return count;
}

/** Resumes paused subscriptions: the next mail tells the net changes since then. Returns their number. */
export async function resumeSubscriptions(
  tx: Tx,
  person: LockedSubscriber,
  which: Which,
  now: Instant,
): Promise<number> {
  return goOn(tx, person, await markResumed(tx, person.id, which), now);
}

/**
 * Undoes stops of the last 28 days and restores the subscriptions. `endedAt` limits this to one stop. If the
 * person already has the same subscription again, that one stays unchanged. Returns the number restored.
 */
export async function undoStop(
  tx: Tx,
  person: LockedSubscriber,
  which: Which | { endedAt: Instant },
  now: Instant,
): Promise<number> {
  const ids = await restoreEnded(tx, person.id, which, addMs(now, -undoDays * dayMs));
  await restoreListFollows(tx, ids);
  return goOn(tx, person, ids, now);
}

/**
 * Sets the frequency of subscriptions. `weekday` 1 is Monday; null keeps each one's own. Returns the number
 * changed.
 */
export async function changeFrequency(
  tx: Tx,
  person: LockedSubscriber,
  which: Which,
  wanted: { frequency: Frequency; weekday: number | null },
  now: Instant,
): Promise<number> {
  const ids = await setFrequency(tx, person.id, which, wanted);
  await schedule(tx, person, ids, now);
  return ids.length;
}

/** Sets the hour and zone of a person's mails. The next mail comes at least 12 hours after the last (D7). */
export async function changeClock(
  tx: Tx,
  person: LockedSubscriber,
  clock: { hour: number; timezone: string },
  now: Instant,
): Promise<void> {
  await setClock(tx, person.id, clock);
  const ids = await listScheduled(tx, person.id);
  await schedule(tx, { ...person, ...clock }, ids, now, person.lastDigestAt);
  await lookAtNotes(tx, person.id, now);
}

/**
 * Ends pauses whose date has come, one person per transaction, until `isOver`. Returns the number of resumed
 * subscriptions.
 */
export async function resumePaused(db: Db, now: Instant, isOver = () => false): Promise<number> {
  let count = 0;
  for (const subscriberId of await listPausesEnding(db, now, resumedAtMost)) {
    if (isOver()) break;
    count += await db.transaction().execute((tx) => endPauses(tx, subscriberId, now));
  }
  return count;
}

/** Ends a person's pauses whose date has come. Returns the number of resumed subscriptions. */
export async function endPauses(tx: Tx, subscriberId: number, now: Instant): Promise<number> {
  const person = await lockSubscriber(tx, subscriberId);
  if (!person) return 0;
  // Read under the lock: the date may have changed meanwhile.
  const ids = await listEndingPauses(tx, subscriberId, now);
  return resumeSubscriptions(tx, person, ids, now);
}

async function goOn(tx: Tx, person: LockedSubscriber, ids: number[], now: Instant): Promise<number> {
  await schedule(tx, person, ids, now);
  if (ids.length > 0) await startNoNewsClock(tx, [person.id], now);
  return ids.length;
}

/**
 * Sets when subscriptions are next due. An immediate one is due at once, since news may be waiting for it.
 */
async function schedule(
  tx: Tx,
  { id, hour, timezone }: LockedSubscriber,
  ids: number[],
  now: Instant,
  lastSentAt: Instant | null = null,
): Promise<void> {
  const times = (await listCadences(tx, ids)).map((one) => ({
    id: one.id,
    nextDueAt:
      one.frequency === 'immediate' ? now : nextDueAt({ ...one, hour, timezone, after: now, lastSentAt }),
  }));
  await setNextDue(tx, times);
  await refreshNextDue(tx, [id]);
}
