import type { Day, Instant } from './trial.ts';

/** A registry's data counts as old after this many weekday hours (R9). */
export const oldDataHours = 48;

/**
 * Hours between two instants, without Saturdays and Sundays (UTC). The registry refreshes Monday to Friday,
 * so data from Friday is not old on Monday morning.
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

/**
 * The instant of a registry's own timestamp, which has no zone: reading it as UTC is off by hours, not days. A
 * day alone, of a registry that has no version, counts from its start.
 */
export function dataInstant(timestamp: string): Instant {
  return timestamp.includes('T') ? `${timestamp}Z` : `${timestamp}T00:00:00Z`;
}

/** The day of a registry's data, and when it was read. */
export type RegistryTime = { registry: string; dataDay: Day; readAt: Instant };

/** The same of what is told; of each registry if several are read. */
export type DataTime = { dataDay: Day; readAt: Instant; registryTimes?: RegistryTime[] };

/** The time of data of some registries alone: that of the one that was read last, and of each. */
export function dataTimeOf({ dataDay, readAt, registryTimes }: DataTime, registries: Set<string>): DataTime {
  const own = registryTimes?.filter(({ registry }) => registries.has(registry)) ?? [];
  const [newest] = own.toSorted((a, b) => (a.readAt > b.readAt ? -1 : 1));
  if (newest === undefined) return { dataDay, readAt };
  return { dataDay: newest.dataDay, readAt: newest.readAt, registryTimes: own };
}
