import type { Instant } from '../../core/trial.ts';

/** A pause ends within a year and a day: the yearly mail that asks is not to be slept through. */
const longestDays = 366;

/** The beginning of a day in a zone, as a pause's end; or a code for what is wrong with the day: `manage.error.<code>` says it. */
export function readPauseDate(
  day: string,
  timezone: string,
  now: Instant,
): { until: Instant } | { error: 'date' | 'date-past' | 'date-far' } {
  let until: Temporal.Instant;
  try {
    until = Temporal.PlainDate.from(/^\d{4}-\d\d-\d\d$/.test(day) ? day : '')
      .toZonedDateTime(timezone)
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
