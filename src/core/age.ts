import type { Instant } from './trial.ts';

/** Weekday hours after which a registry's data counts as old (R9). */
export const oldDataHours = 48;

/**
 * Hours between two instants, Saturdays and Sundays (UTC) left out: the registry refreshes Monday to Friday, so data of
 * Friday is not old on Monday morning.
 */
export function weekdayHoursBetween(earlier: Instant, later: Instant): number {
  let hours = 0;
  let at = Temporal.Instant.from(earlier).toZonedDateTimeISO('UTC');
  const end = Temporal.Instant.from(later).toZonedDateTimeISO('UTC');
  while (Temporal.ZonedDateTime.compare(at, end) < 0) {
    const midnight = at.add({ days: 1 }).startOfDay();
    const until = Temporal.ZonedDateTime.compare(midnight, end) < 0 ? midnight : end;
    if (at.dayOfWeek <= 5) hours += at.until(until).total('hours');
    at = until;
  }
  return hours;
}
