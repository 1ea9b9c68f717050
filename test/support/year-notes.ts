import { dueAfter, laterBy, toInstant } from './year-calendar.ts';
import type { YearHistory } from './year-history.ts';
import type { Person, YearPeople } from './year-people.ts';

/** The start times of a person's notes, and when they are checked next. */
export type NoteTimes = {
  noNewsSince: number | null;
  noNewsNoteAt: number | null;
  yearlyFrom: number | null;
  lookAt: number | null;
  /** Positions of changes that a digest settled. */
  settled: Set<number>;
};

export function noTimes(): NoteTimes {
  return { noNewsSince: null, noNewsNoteAt: null, yearlyFrom: null, lookAt: null, settled: new Set() };
}

/** An owed note. `moved`: some status changed in its period, reported or not. */
export type OwedNote = { kind: 'no-news' | 'yearly'; since: string; moved: boolean };

/** A new or resumed subscription restarts the silence. */
export function beginSilence({ times }: Person, now: number): void {
  Object.assign(times, { noNewsSince: now, lookAt: now, yearlyFrom: times.yearlyFrom ?? now });
}

/**
 * The notes that are due after the digests. One note per person: after a month of silence, then every three months;
 * once a year.
 */
export function planNotes(people: YearPeople, history: YearHistory, now: number): Map<string, OwedNote> {
  const owed = new Map<string, OwedNote>();
  for (const person of people.people.values()) {
    const { times } = person;
    if (times.lookAt === null || times.lookAt > now) continue;
    if (!people.active(person).some(({ cursor }) => cursor !== null)) {
      times.lookAt = null;
      continue;
    }
    const note = findNote(person, people, history, now);
    if (note) owed.set(person.email, note);
    const next = Math.min(noNewsAt(person), yearlyAt(person));
    times.lookAt = next > now ? next : ownHour(person, now + 1);
  }
  return owed;
}

function findNote(person: Person, people: YearPeople, history: YearHistory, now: number): OwedNote | null {
  const { times } = person;
  const since = silentSince(person);
  if (yearlyAt(person) <= now) {
    Object.assign(times, { noNewsSince: now, yearlyFrom: now });
    return { kind: 'yearly', since: toInstant(since), moved: false };
  }
  if (noNewsAt(person) > now || isOwedDigest(person, people, history, now)) return null;
  times.noNewsNoteAt = now;
  const moved = history.facts.some(
    ({ trial, subject, state, readAt }) =>
      ['status/status', 'registration/registered'].includes(subject) &&
      (state === 'held' || (state === 'released' && readAt > since)) &&
      people.active(person).some((follow) => people.isAbout(follow, trial)),
  );
  return { kind: 'no-news', since: toInstant(since), moved };
}

function isOwedDigest(person: Person, people: YearPeople, history: YearHistory, now: number): boolean {
  const active = people.active(person);
  if (active.some(({ dueAt }) => dueAt !== null && dueAt <= now)) return true;
  return history.facts.some(
    ({ trial, facet, state, position }) =>
      state === 'released' &&
      !person.times.settled.has(position) &&
      active.some(
        (follow) =>
          follow.cursor !== null &&
          position > follow.cursor &&
          follow.facets.includes(facet) &&
          people.isAbout(follow, trial),
      ),
  );
}

const silentSince = ({ times, lastDigestAt }: Person) => Math.max(times.noNewsSince ?? 0, lastDigestAt);

function noNewsAt(person: Person): number {
  const { noNewsNoteAt } = person.times;
  const since = silentSince(person);
  return noNewsNoteAt !== null && noNewsNoteAt > since
    ? ownHour(person, laterBy(person.zone, noNewsNoteAt, { months: 3 }))
    : ownHour(person, laterBy(person.zone, since, { months: 1 }));
}

function yearlyAt(person: Person): number {
  return ownHour(person, laterBy(person.zone, person.times.yearlyFrom ?? 0, { years: 1 }));
}

/** A person's first mail hour from an instant on; infinite after the end of the calendar. */
function ownHour({ zone, hour }: Person, at: number): number {
  return at === Number.POSITIVE_INFINITY ? at : dueAfter({ zone, hour, weekday: null }, at - 1);
}
