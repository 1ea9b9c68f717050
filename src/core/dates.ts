import type { DateFault, DateValue } from './change.ts';
import type { PartialDate } from './trial.ts';

/**
 * A classified change of a date. `months` and `days` are unsigned; `days` is present only if both sides name
 * a day.
 */
export type DateShift = {
  kind: 'same' | 'slip' | 'refined' | 'confirmed' | 'unconfirmed' | 'set' | 'cleared' | 'implausible';
  direction?: 'earlier' | 'later';
  months?: number;
  days?: number;
  /** The date also became ACTUAL. */
  confirmed?: true;
  /** For `implausible`: the fault, and the side that has it. */
  fault?: DateFault;
  side?: 'before' | 'after';
};

/** The registry's oldest trials began in the 1940s; its extreme dates (1900, 2099) are typing errors. */
const earliestYear = 1940;
const latestYear = 2080;

const msPerDay = 86_400_000;
const daysPerMonth = 365.25 / 12;

/**
 * Classifies the change from `before` to `after`. `refined`: a narrower or wider date that contains the
 * other. `confirmed`: the same date, from ESTIMATED to ACTUAL. `slip`: another date. `implausible`: a year
 * that cannot be right on either side; it has no size. With `start`, a completion before it counts as
 * implausible.
 */
export function dateShift(before: DateValue, after: DateValue, start: DateValue = null): DateShift {
  if (before === null && after === null) return { kind: 'same' };
  const afterFault = after && findDateFault(after, start);
  if (afterFault) return { kind: 'implausible', fault: afterFault, side: 'after' };
  if (after === null) return { kind: 'cleared' };
  if (before === null) return { kind: 'set', ...confirmation(before, after) };
  const beforeFault = findDateFault(before);
  if (beforeFault) return { kind: 'implausible', fault: beforeFault, side: 'before' };
  if (holds(before, after) || holds(after, before)) return sameDate(before, after);
  return { kind: 'slip', ...measure(before, after), ...confirmation(before, after) };
}

/** The fault of a date: an impossible year, or a date entirely before `start`; null if there is none. */
export function findDateFault(date: PartialDate, start: DateValue = null): DateFault | null {
  const year = Number(date.date.slice(0, 4));
  if (year < earliestYear) return 'too-early';
  if (year > latestYear) return 'too-late';
  if (start === null || findDateFault(start) !== null) return null;
  const shared = Math.min(date.date.length, start.date.length);
  return date.date.slice(0, shared) < start.date.slice(0, shared) ? 'before-start' : null;
}

function holds(wide: PartialDate, narrow: PartialDate): boolean {
  return narrow.date.startsWith(wide.date);
}

function sameDate(before: PartialDate, after: PartialDate): DateShift {
  if (before.type === 'ESTIMATED' && after.type === 'ACTUAL') return { kind: 'confirmed', confirmed: true };
  if (before.type === 'ACTUAL' && after.type === 'ESTIMATED') return { kind: 'unconfirmed' };
  return before.date === after.date && before.type === after.type ? { kind: 'same' } : { kind: 'refined' };
}

function confirmation(before: DateValue, after: PartialDate): { confirmed?: true } {
  return after.type === 'ACTUAL' && before?.type !== 'ACTUAL' ? { confirmed: true } : {};
}

function measure(before: PartialDate, after: PartialDate): Pick<DateShift, 'direction' | 'months' | 'days'> {
  const shared = Math.min(before.date.length, after.date.length);
  const from = before.date.slice(0, shared);
  const to = after.date.slice(0, shared);
  const direction = to < from ? 'earlier' : 'later';
  if (shared < 10) return { direction, months: Math.abs(monthOf(to) - monthOf(from)) };
  const days = Math.abs(Date.parse(to) - Date.parse(from)) / msPerDay;
  return { direction, months: Math.round(days / daysPerMonth), days };
}

function monthOf(date: string): number {
  return Number(date.slice(0, 4)) * 12 + (date.length > 4 ? Number(date.slice(5, 7)) : 0);
}
