import { noNewsDueAt, ownHourAfter, silentSince, yearlyDueAt } from '../../core/digests/notes.ts';
import { addMs } from '../../core/instants.ts';
import type { Instant } from '../../core/trial.ts';
import {
  type NotePerson,
  type NotePlan,
  takeNotePeople,
  writeNotes,
} from '../../db/subscribers/note-schedule.ts';
import type { Context } from '../context.ts';
import type { Turn } from '../turn.ts';

/** People looked at in one transaction. */
const batchSize = 500;
/** How long a welcome waits for the baselines of what was confirmed, in milliseconds. */
const welcomeWaitsMs = 3_600_000;

/** What a note is made of beside what stands in the database when it is sent. Sealed in its delivery. */
export type NoteParams = {
  /** What a welcome is about. */
  subscriptionIds?: number[];
  /** Since when nothing was mailed, for a quiet note. */
  since?: Instant;
};

/**
 * Promises the mails that come of themselves beside digests, each to whom it is due: a welcome once what was confirmed
 * is watched, a note after long silence, and the question once a year. To be called after the digests are planned: who
 * is owed one gets no note. Returns the deliveries' ids. `signal` stops it between two batches, by throwing; the end of
 * the turn does so without.
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
    const after = { ...person, quietFrom: now };
    return { id, kind: 'welcome', params: seal({ subscriptionIds }), lookAt: nextLook(after, now, null) };
  }
  // Whoever goes on, or follows something new, is looked at again.
  if (!person.isServed) return { id, kind: null, params: null, lookAt: welcomeAt };
  const yearlyAt = yearlyDueAt(person);
  if (yearlyAt !== null && yearlyAt <= now) {
    const after = { ...person, quietFrom: now, yearlyFrom: now };
    return { id, kind: 'yearly', params: seal({}), lookAt: nextLook(after, now, welcomeAt) };
  }
  const quietAt = person.quietNotes ? noNewsDueAt(person) : null;
  if (quietAt !== null && quietAt <= now && !person.isOwed) {
    const after = { ...person, quietNoteAt: now };
    const params = seal({ since: silentSince(person) ?? now });
    return { id, kind: 'quiet', params, lookAt: nextLook(after, now, welcomeAt) };
  }
  return { id, kind: null, params: null, lookAt: nextLook(person, now, welcomeAt) };
}

/** The first instant at which a note of this person may be due; what waits for a digest is looked at a day later. */
function nextLook(person: NotePerson, now: Instant, welcomeAt: Instant | null): Instant | null {
  const times = [welcomeAt, yearlyDueAt(person), person.quietNotes ? noNewsDueAt(person) : null].flatMap(
    (at) => at ?? [],
  );
  const first = times.toSorted()[0] ?? null;
  return first === null || first > now ? first : ownHourAfter(person, addMs(now, 1));
}
