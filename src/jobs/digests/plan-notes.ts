import { noNewsDueAt, ownHourAfter, silentSince, yearlyDueAt } from '../../core/digests/notes.ts';
import { addMs } from '../../core/instants.ts';
import type { Instant } from '../../core/trial.ts';
import type { ListEdits } from '../../db/lists/list-edits.ts';
import {
  type NotePerson,
  type NotePlan,
  takeNotePeople,
  writeNotes,
} from '../../db/subscribers/note-schedule.ts';
import type { Context } from '../context.ts';
import type { Turn } from '../turn.ts';

/** People per transaction. */
const batchSize = 500;
/** How long a welcome waits for the baselines of confirmed subscriptions, in milliseconds. */
const welcomeWaitsMs = 3_600_000;

/**
 * Parameters of a note, beside the state of the database when it is sent. Stored encrypted with its delivery.
 */
export type NoteParams = {
  /** The subscriptions of a welcome. */
  subscriptionIds?: number[];
  /** The beginning of silence, for a no-news note. */
  since?: Instant;
  /** For a note about lists. */
  listEdits?: ListEdits[];
};

/**
 * Promises the due notes: a welcome once confirmed subscriptions have their baselines, what came to followed lists and
 * left them, a note after a long silence, and the yearly question. Call it after planning digests: a person who is owed one gets no note.
 * Returns the deliveries' ids. `signal` stops it between two batches by throwing; at the end of the turn it
 * stops without throwing.
 */
export async function planNotes(
  context: Context,
  signal?: AbortSignal,
  isOver: Turn = () => false,
): Promise<number[]> {
  const all: number[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const now = context.now();
    const looked = await context.db.transaction().execute(async (tx) => {
      const people = await takeNotePeople(tx, now, batchSize);
      const plans = people.map((person) => planNote(context, person, now));
      for (const id of await writeNotes(tx, plans, now)) all.push(id);
      return people.length;
    });
    if (looked < batchSize || isOver()) return all;
  }
}

function planNote(context: Context, person: NotePerson, now: Instant): NotePlan {
  const { id } = person;
  const seal = (params: NoteParams) => context.keys.encrypt(JSON.stringify(params));
  const { welcomeIds: subscriptionIds, welcomeSince } = person;
  const welcomeAt = welcomeSince && addMs(welcomeSince, welcomeWaitsMs);
  if (welcomeAt && (person.isWelcomeReady || welcomeAt <= now)) {
    const after = { ...person, noNewsSince: now };
    return { id, kind: 'welcome', params: seal({ subscriptionIds }), lookAt: nextLook(after, now, null) };
  }
  const { listEdits } = person;
  if (listEdits.length > 0)
    return {
      id,
      kind: 'list',
      params: seal({ listEdits }),
      lookAt: nextLook({ ...person, listEdits: [] }, now, welcomeAt),
      listEdits,
    };
  // A person who resumes, or follows something new, is considered again.
  if (!person.isServed)
    return { id, kind: null, params: null, lookAt: firstOf([welcomeAt, ...listTimes(person, now)]) };
  const yearlyAt = yearlyDueAt(person);
  if (yearlyAt !== null && yearlyAt <= now) {
    const after = { ...person, noNewsSince: now, yearlyFrom: now };
    return { id, kind: 'yearly', params: seal({}), lookAt: nextLook(after, now, welcomeAt) };
  }
  const noNewsAt = person.noNewsNotes ? noNewsDueAt(person) : null;
  if (noNewsAt !== null && noNewsAt <= now && !person.isOwed) {
    const after = { ...person, noNewsNoteAt: now };
    const params = seal({ since: silentSince(person) ?? now });
    return { id, kind: 'no-news', params, lookAt: nextLook(after, now, welcomeAt) };
  }
  return { id, kind: null, params: null, lookAt: nextLook(person, now, welcomeAt) };
}

/**
 * The earliest instant at which a note for this person may be due. If a change waits for a digest, a day
 * later.
 */
function nextLook(person: NotePerson, now: Instant, welcomeAt: Instant | null): Instant | null {
  const noNewsAt = person.noNewsNotes ? noNewsDueAt(person) : null;
  const first = firstOf([welcomeAt, ...listTimes(person, now), yearlyDueAt(person), noNewsAt]);
  return first === null || first > now ? first : ownHourAfter(person, addMs(now, 1));
}

/** When edits of followed lists may be told that are not told now: at the person's hour. */
function listTimes(person: NotePerson, now: Instant): Instant[] {
  const { listEdits, listEditsAt } = person;
  const ats = [listEdits.length > 0 ? addMs(now, 1) : null, listEditsAt];
  return ats.flatMap((at) => (at === null ? [] : ownHourAfter(person, at)));
}

function firstOf(times: readonly (Instant | null)[]): Instant | null {
  return times.flatMap((at) => at ?? []).toSorted()[0] ?? null;
}
