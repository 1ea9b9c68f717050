import { usableTimezone } from '../../core/text/time-zones.ts';
import type { Instant } from '../../core/trial.ts';

/** The longest pause, in days. It must not outlast the yearly mail that asks whether to go on. */
const longestDays = 366;

/** Reads the end of a pause: the start of a day in a time zone, or an error code for `manage.error.<code>`. */
export function readPauseDate(
  day: string,
  timezone: string,
  now: Instant,
): { until: Instant } | { error: 'date' | 'date-past' | 'date-far' } {
  let until: Temporal.Instant;
  try {
    until = Temporal.PlainDate.from(/^\d{4}-\d\d-\d\d$/.test(day) ? day : '')
      .toZonedDateTime(usableTimezone(timezone))
      .toInstant();
  } catch {
    return { error: 'date' };
  }
  const start = Temporal.Instant.from(now);
  if (Temporal.Instant.compare(until, start) <= 0) return { error: 'date-past' };
  if (Temporal.Instant.compare(until, start.add({ hours: 24 * longestDays })) > 0)
    return { error: 'date-far' };
  return { until: until.toString({ fractionalSecondDigits: 3 }) };
}
