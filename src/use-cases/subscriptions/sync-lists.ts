import { ownHourAfter } from '../../core/digests/notes.ts';
import { addMs } from '../../core/instants.ts';
import { nextDueAt } from '../../core/schedule.ts';
import { defaultFacets } from '../../core/subscriptions/follow-defaults.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../../db/connect.ts';
import { listClocksToTell, scheduleToTell } from '../../db/lists/list-edits.ts';
import {
  bringAdded,
  giveBack,
  letGoRemoved,
  listBehind,
  listComingBack,
  listUnsynced,
  markSynced,
  readRevision,
} from '../../db/lists/sync.ts';
import { lockPeople } from '../../db/subscribers/note-schedule.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import { refreshNextDue, setNextDue } from '../../db/subscribers/subscriptions.ts';
import { stopSubscriptions, undoStop } from './change-state.ts';

/** People per transaction, and lists per call. */
const batchSize = 200;
const listsAtOnce = 1_000;

/** A request to give the followers of a list its last edit. */
export type ListRequest = { listId: number };

/** Takes over the edits that an interruption left behind, until `isOver`. Returns the number of people. */
export async function syncLists(db: Db, now: Instant, isOver = () => false): Promise<number> {
  let count = 0;
  for (const listId of await listUnsynced(db, listsAtOnce)) {
    if (isOver()) break;
    count += await syncList(db, listId, now);
  }
  return count;
}

/**
 * Gives every follower of a list what was added since they last took it over, stops what was removed, and has both told
 * in a note at their next hour. Each
 * transaction takes over some people whole, so an interrupted call is continued by the next. Returns the number of
 * people.
 */
export async function syncList(db: Db, listId: number, now: Instant): Promise<number> {
  let count = 0;
  for (let after = 0; ; ) {
    const people = await listBehind(db, listId, after, batchSize);
    after = people.at(-1) ?? 0;
    if (people.length === 0) return count;
    await db.transaction().execute((tx) => syncFollowers(tx, listId, people, now));
    count += people.length;
  }
}

/**
 * The same for some people, in the caller's transaction. `isFirst`: they confirmed the list now, and are welcomed to what
 * it brings. Returns when what was added is first due (null: as soon as a change is known).
 */
export async function syncFollowers(
  tx: Tx,
  listId: number,
  people: number[],
  now: Instant,
  { isFirst = false }: { isFirst?: boolean } = {},
): Promise<(Instant | null)[]> {
  await lockPeople(tx, people);
  // Read first: an edit that is committed meanwhile may be taken over in part, and counts as not taken over.
  const revision = await readRevision(tx, listId);
  if (revision === null) return [];
  await bringBack(tx, listId, people, now);
  const facets = defaultFacets;
  const brought = await bringAdded(tx, listId, people, { facets, isFirst, now });
  const times = brought.map(({ id, frequency, ...cadence }) => ({
    id,
    nextDueAt: frequency === 'immediate' ? null : nextDueAt({ ...cadence, frequency, after: now }),
  }));
  await setNextDue(tx, times);
  const gone = Map.groupBy(await letGoRemoved(tx, listId, people), ({ subscriberId }) => subscriberId);
  for (const [subscriberId, some] of gone) {
    const person = await lockSubscriber(tx, subscriberId);
    const ids = some.map(({ id }) => id);
    if (person) await stopSubscriptions(tx, person, ids, now);
  }
  await refreshNextDue(tx, people);
  await markSynced(tx, listId, people, revision);
  // Edits of one day are told in one note.
  const clocks = await listClocksToTell(tx, listId, people);
  const tellAt = clocks.map((clock) => ({ ...clock, at: ownHourAfter(clock, addMs(now, 1)) }));
  await scheduleToTell(tx, listId, people, tellAt);
  return times.map((one) => one.nextDueAt);
}

/** What a list removed and has again goes on where it was stopped, so that nothing in between is lost. */
async function bringBack(tx: Tx, listId: number, people: readonly number[], now: Instant): Promise<void> {
  const back = await listComingBack(tx, listId, people);
  for (const [subscriberId, some] of Map.groupBy(back, (one) => one.subscriberId)) {
    const person = await lockSubscriber(tx, subscriberId);
    const ids = some.map(({ id }) => id);
    if (person) await undoStop(tx, person, ids, now);
  }
  await giveBack(tx, back);
}
