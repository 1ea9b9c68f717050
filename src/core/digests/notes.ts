import { type Frequency, nextDueAt } from '../schedule.ts';
import type { Day, Instant } from '../trial.ts';
import type { TrialCard } from './digest.ts';
import type { NoteKind } from './mail-kinds.ts';

/** One thing followed, as it stands now. */
export type NoteItem = {
  subscriptionId: number;
  words: string;
  frequency: Frequency;
  weekday: number;
  isWatched: boolean;
} & (
  | { kind: 'trial'; id: string; card: TrialCard | null; isGone: boolean }
  | { kind: 'condition'; all: number; recruiting: number; isNarrowed: boolean }
);

/** What was seen in a time without a mail. */
export type NoNewsFacts = {
  since: Instant;
  /** Trials watched, whole readings of the registry, weekdays without one, and when the last one ended. */
  trials: number;
  readings: number;
  missed: number;
  lastReadAt: Instant | null;
  /** Changes of status, told or not, and changes of other kinds. */
  moved: number;
  other: number;
};

/** A mail that came of itself beside digests: all that its words are made of. */
export type Note = {
  kind: NoteKind;
  items: NoteItem[];
  /** Null except for a quiet note. */
  quiet: NoNewsFacts | null;
  registry: string;
  dataDay: Day;
  readAt: Instant;
  composedAt: Instant;
  timezone: string;
  nextDueAt: Instant | null;
  wantsQuietNotes: boolean;
  /** Some changes are held back for long. */
  checking: boolean;
};

/** A person's hour and zone, and what their notes are counted from. */
export type NoteClock = {
  hour: number;
  timezone: string;
  /** From when silence counts: they began or went on to follow something, or a mail of ours about it went out. */
  quietFrom: Instant | null;
  lastDigestAt: Instant | null;
  quietNoteAt: Instant | null;
  /** The first confirmation, or the last question whether to keep or stop. */
  yearlyFrom: Instant | null;
};

/** Months of silence until the first note, and between two (the contract's defaults). */
const firstNoteMonths = 1;
const laterNoteMonths = 3;

/** Since when nothing was mailed to a person about what they follow, notes aside; null for somebody who follows nothing. */
export function silentSince({ quietFrom, lastDigestAt }: NoteClock): Instant | null {
  if (quietFrom === null || lastDigestAt === null) return quietFrom;
  return quietFrom > lastDigestAt ? quietFrom : lastDigestAt;
}

/** When the next quiet note is due: after a month of silence, then every three, at the person's hour. */
export function noNewsDueAt(clock: NoteClock): Instant | null {
  const since = silentSince(clock);
  if (since === null) return null;
  const { quietNoteAt } = clock;
  return quietNoteAt !== null && quietNoteAt > since
    ? ownHourAfter(clock, quietNoteAt, { months: laterNoteMonths })
    : ownHourAfter(clock, since, { months: firstNoteMonths });
}

/** When a person is asked next whether to keep or stop (P4): a year later, at their hour. */
export function yearlyDueAt(clock: NoteClock): Instant | null {
  return clock.yearlyFrom === null ? null : ownHourAfter(clock, clock.yearlyFrom, { years: 1 });
}

/** The first of a person's hours that is so much later, or after it. */
export function ownHourAfter(
  { hour, timezone }: Pick<NoteClock, 'hour' | 'timezone'>,
  at: Instant,
  later: { months?: number; years?: number } = { months: 0 },
): Instant {
  const from = Temporal.Instant.from(at).toZonedDateTimeISO(timezone).add(later).toInstant();
  const after = from.subtract({ milliseconds: 1 }).toString();
  return nextDueAt({ frequency: 'daily', weekday: 1, hour, timezone, after });
}
