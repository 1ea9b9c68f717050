import type { Change, Json } from '../change.ts';
import { type DateShift, dateShift } from '../dates.ts';
import type { TrialCard } from '../digests/digest.ts';
import type { PartialDate } from '../trial.ts';
import type { Wording } from './wording.ts';

/**
 * The sentence for a changed date: old and new date, direction and size (C5). A withdrawn trial never began
 * or ended, even if the record calls a date actual.
 */
export function dateSentence(
  wording: Wording,
  change: Change,
  { status }: Pick<TrialCard, 'status'>,
): string {
  const before = asDate(change.before);
  const after = asDate(change.after);
  const values = {
    name: wording.say(`date.name.${change.kind}`),
    before: before ? wording.date(before) : wording.say('date.none'),
    after: after ? wording.date(after) : wording.say('date.none'),
    type: after?.type ?? 'none',
  };
  const isWithdrawn = status === 'WITHDRAWN';
  const shift = dateShift(before, after);
  // All faults except `before-start` can be seen from the date alone.
  const early = change.implausible === 'before-start' ? change.implausible : undefined;
  const fault = shift.side === 'after' ? shift.fault : early;
  if (fault) return wording.say(`date.implausible.${fault}`, values);
  switch (shift.kind) {
    case 'implausible':
      return wording.say('date.corrected', values);
    case 'set':
      return wording.say('date.set', values);
    case 'cleared':
      return wording.say('date.cleared', values);
    case 'confirmed':
      return wording.say(isWithdrawn ? 'date.type-changed' : 'date.confirmed', values);
    case 'unconfirmed':
      return wording.say('date.unconfirmed', values);
    case 'refined':
    case 'same':
      return wording.say(`date.${refinement(before, after)}`, values);
    case 'slip':
      return wording.say(slipKey(before, after, isWithdrawn), {
        ...values,
        size: shiftSize(wording, shift),
        estimated: after?.type === 'ESTIMATED' ? 'yes' : 'no',
      });
  }
}

function slipKey(before: PartialDate | null, after: PartialDate | null, isWithdrawn: boolean): string {
  if (before?.type === 'ESTIMATED' && after?.type === 'ACTUAL')
    return isWithdrawn ? 'date.recorded' : 'date.slip-confirmed';
  return before?.type === 'ACTUAL' && after?.type === 'ESTIMATED' ? 'date.slip-unconfirmed' : 'date.slip';
}

function refinement(before: PartialDate | null, after: PartialDate | null): string {
  const finer = (after?.date.length ?? 0) - (before?.date.length ?? 0);
  return finer > 0 ? 'finer' : finer < 0 ? 'coarser' : 'type-changed';
}

/** Below this many days, a shift between two days is given in days. */
const daysSaid = 61;
const daysPerMonth = 365.25 / 12;
/** The maximum deviation of a month's length from the mean, in days. */
const daysOff = 3;

/** Direction and size of a shift. Months counted from days say “about” unless they are whole. */
export function shiftSize(wording: Wording, shift: DateShift): string {
  const { direction = 'later', months = 0, days } = shift;
  if (days !== undefined && days < daysSaid) return wording.say('date.size.days', { days, direction });
  const isRough = days !== undefined && Math.abs(days - months * daysPerMonth) > daysOff;
  const values = { direction, rough: isRough ? 'yes' : 'no' };
  if (months < 12) return wording.say('date.size.months', { ...values, months });
  return wording.say('date.size.years', { ...values, years: Math.floor(months / 12), months: months % 12 });
}

/** A value of a change as a date; null for anything else. */
export function asDate(value: Json): PartialDate | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { date, precision, type } = value;
  return typeof date === 'string' && (precision === 'year' || precision === 'month' || precision === 'day')
    ? { date, precision, type: type === 'ACTUAL' || type === 'ESTIMATED' ? type : null }
    : null;
}
