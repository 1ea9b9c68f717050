import { type Frequency, nextDueAt } from '../schedule.ts';
import { usableTimezone } from '../text/time-zones.ts';
import type { Day, Instant } from '../trial.ts';
import type { TrialCard } from './digest.ts';
import type { NoteKind } from './mail-kinds.ts';

/** One subscription in its present state. */
export type NoteItem = {
  subscriptionId: number;
  words: string;
  frequency: Frequency;
  weekday: number;
  isWatched: boolean;
  /** Why it came to a list, in the words of the list's owner. */
  reason?: string;
} & (
  | { kind: 'trial'; id: string; card: TrialCard | null; isGone: boolean }
  | { kind: 'condition'; all: number; recruiting: number; isNarrowed: boolean }
);

/** Facts about a period without a mail. */
export type NoNewsFacts = {
  since: Instant;
  /** Trials watched, complete readings of the registry, weekdays without one, and the end of the last one. */
  trials: number;
  readings: number;
  missed: number;
  lastReadAt: Instant | null;
  /** Changes of status, reported or not, and changes of other kinds. */
  moved: number;
  other: number;
};

/** What came to a followed list, what left it, or that it has ended. `added` counts. */
export type ListNews = {
  name: string;
  organization: string;
  isEnded: boolean;
  added: number;
  removed: { words: string; title: string | null }[];
};

/** The input of a note, a mail that is sent beside digests without a request. */
export type Note = {
  kind: NoteKind;
  items: NoteItem[];
  /** Null except for a no-news note. */
  noNews: NoNewsFacts | null;
  /** For the note about lists. */
  lists?: ListNews[];
  registry: string;
  dataDay: Day;
  readAt: Instant;
  composedAt: Instant;
  timezone: string;
  nextDueAt: Instant | null;
  wantsNoNewsNotes: boolean;
  /** Some changes have been held for a long time. */
  checking: boolean;
};

/** A person's hour and zone, and the instants from which their notes are counted. */
export type NoteClock = {
  hour: number;
  timezone: string;
  /** The beginning of silence: they began or resumed following something, or got a mail about it. */
  noNewsSince: Instant | null;
  lastDigestAt: Instant | null;
  noNewsNoteAt: Instant | null;
  /** The first confirmation, or the last yearly question. */
  yearlyFrom: Instant | null;
};

/** Months of silence until the first note, and between two notes (the contract's defaults). */
const firstNoteMonths = 1;
const laterNoteMonths = 3;

/**
 * Since when a person has had no mail about their subscriptions, except notes; null if they follow nothing.
 */
export function silentSince({ noNewsSince, lastDigestAt }: NoteClock): Instant | null {
  if (noNewsSince === null || lastDigestAt === null) return noNewsSince;
  return noNewsSince > lastDigestAt ? noNewsSince : lastDigestAt;
}

/** When the next no-news note is due: after a month of silence, then every three, at the person's hour. */
export function noNewsDueAt(clock: NoteClock): Instant | null {
  const since = silentSince(clock);
  if (since === null) return null;
  const { noNewsNoteAt } = clock;
  return noNewsNoteAt !== null && noNewsNoteAt > since
    ? ownHourAfter(clock, noNewsNoteAt, { months: laterNoteMonths })
    : ownHourAfter(clock, since, { months: firstNoteMonths });
}

/** When a person is next asked whether to keep or stop (P4): a year later, at their hour. */
export function yearlyDueAt(clock: NoteClock): Instant | null {
  return clock.yearlyFrom === null ? null : ownHourAfter(clock, clock.yearlyFrom, { years: 1 });
}

/** The person's first hour at or after the given time later. */
export function ownHourAfter(
  { hour, timezone }: Pick<NoteClock, 'hour' | 'timezone'>,
  at: Instant,
  later: { months?: number; years?: number } = { months: 0 },
): Instant {
  const from = Temporal.Instant.from(at).toZonedDateTimeISO(usableTimezone(timezone)).add(later).toInstant();
  const after = from.subtract({ milliseconds: 1 }).toString();
  return nextDueAt({ frequency: 'daily', weekday: 1, hour, timezone, after });
}
