import type { Instant } from '../../core/trial.ts';
import { type Form, field } from '../http/page-response.ts';

/** Two days as asked for, and the instants that they begin and end with; `instants` is null if they cannot be. */
export type DaySpan = {
  from: string;
  to: string;
  /** `until` is exclusive; null is no limit. */
  instants: { from: Instant | null; until: Instant | null } | null;
};

/**
 * The period between the days `from` and `to` of a query, both included, in a time zone. A day that is not given is the
 * usual one; an empty one is no limit.
 */
export function readDaySpan(query: Form, timezone: string, usual = { from: '', to: '' }): DaySpan {
  const from = field(query, 'from') || usual.from;
  const to = field(query, 'to') || usual.to;
  try {
    const [first, last] = [readDay(from), readDay(to)];
    if (first && last && Temporal.PlainDate.compare(first, last) > 0)
      throw new RangeError('the wrong way round');
    const startOf = (day: Temporal.PlainDate | null | undefined) =>
      day ? new Date(day.toZonedDateTime(timezone).epochMilliseconds).toISOString() : null;
    return { from, to, instants: { from: startOf(first), until: startOf(last?.add({ days: 1 })) } };
  } catch {
    return { from, to, instants: null };
  }
}

/** Parses the value of a date field, for years that the database supports; null if empty. Throws a RangeError. */
function readDay(text: string): Temporal.PlainDate | null {
  return text === '' ? null : Temporal.PlainDate.from(/^[12]\d{3}-\d\d-\d\d$/.test(text) ? text : '');
}
