import { usableTimezone } from './text/time-zones.ts';
import type { Instant } from './trial.ts';

/** How often a subscription sends a digest, the most often first. */
export const frequencies = ['immediate', 'daily', 'weekly'] as const;
/** A frequency. */
export type Frequency = (typeof frequencies)[number];

/**
 * When a subscription wants its digest: hour 0 to 23 in the IANA zone; weekday 1 (Monday) to 7, used if
 * weekly.
 */
export type Cadence = { frequency: Frequency; weekday: number; hour: number; timezone: string };

/** The minimum hours between two digests if the zone or hour changed between them. */
const leastHoursBetween = 12;
/** Immediate subscriptions get no mail from 21:00 until 08:00 local time (D12). */
const quietFromHour = 21;
const quietUntilHour = 8;
/** The longest gap that a zone has skipped is one day, so this many days always contain a wanted one. */
const daysToLookAt = 16;

/**
 * The first instant after `after` at which a digest is due: the chosen hour of each local day, or of each
 * chosen weekday (D7). If the hour occurs twice, its first occurrence counts. If it is skipped, the next
 * instant counts. A local day that does not exist has none. After a change of zone or hour give `lastSentAt`:
 * the result is then at least 12 hours later. An immediate cadence is due at once, outside its quiet hours.
 * An unknown zone counts as UTC.
 */
export function nextDueAt(cadence: Cadence & { after: Instant; lastSentAt?: Instant | null }): Instant {
  if (cadence.frequency === 'immediate') return immediateAt(cadence.after, cadence.timezone, true);
  const timezone = usableTimezone(cadence.timezone);
  const after = Temporal.Instant.from(cadence.after);
  const earliest = cadence.lastSentAt
    ? Temporal.Instant.from(cadence.lastSentAt).add({ hours: leastHoursBetween })
    : null;
  // Starts with the previous local day: a skipped hour of that day may end after `after`'s own midnight.
  let day = after.toZonedDateTimeISO(timezone).toPlainDate().subtract({ days: 1 });
  for (let looked = 0; looked < daysToLookAt; looked += 1, day = day.add({ days: 1 })) {
    if (cadence.frequency === 'weekly' && day.dayOfWeek !== cadence.weekday) continue;
    const due = instantOnDay(day, cadence.hour, timezone);
    if (due === null || Temporal.Instant.compare(due, after) <= 0) continue;
    if (earliest !== null && Temporal.Instant.compare(due, earliest) < 0) continue;
    return toInstant(due);
  }
  throw new RangeError(`no due time within ${daysToLookAt} days for ${timezone}`);
}

/**
 * When the first digest of new subscriptions is due, by the due time of each; null if one of them mails as soon as a
 * change is known, which may be earlier than any due time.
 */
export function firstDueAt(dueAts: readonly (Instant | null)[]): Instant | null {
  return dueAts.includes(null) ? null : (dueAts.toSorted()[0] ?? null);
}

/**
 * When something released at `releasedAt` may be mailed: at once, or at 08:00 local if `quiet` and within
 * quiet hours.
 */
export function immediateAt(releasedAt: Instant, stored: string, quiet: boolean): Instant {
  const timezone = usableTimezone(stored);
  const released = Temporal.Instant.from(releasedAt);
  const local = released.toZonedDateTimeISO(timezone);
  if (!quiet || (local.hour >= quietUntilHour && local.hour < quietFromHour)) return toInstant(released);
  let day = local.hour >= quietFromHour ? local.toPlainDate().add({ days: 1 }) : local.toPlainDate();
  let morning = instantOnDay(day, quietUntilHour, timezone);
  while (morning === null) {
    day = day.add({ days: 1 });
    morning = instantOnDay(day, quietUntilHour, timezone);
  }
  return toInstant(morning);
}

/**
 * The first instant at or after `now` when a due subscription may report something: at once, or after its
 * quiet hours; null while its baseline is not stored.
 */
export function tellableAt(
  subscription: { frequency: Frequency; watchingSince: Instant | null },
  timezone: string,
  now: Instant,
): Instant | null {
  if (subscription.watchingSince === null) return null;
  return subscription.frequency === 'immediate' ? immediateAt(now, timezone, true) : now;
}

/** The most digests in 7 days that a reader may choose; without a choice there is no limit. */
export const weeklyCaps = [1, 2, 3] as const;
/** A chosen limit. */
export type WeeklyCap = (typeof weeklyCaps)[number];

/** A limit as typed or chosen in a form; null for none. */
export function readWeeklyCap(text: string): WeeklyCap | null {
  return weeklyCaps.find((cap) => String(cap) === text) ?? null;
}

/** Whether a limit is used up at an instant, by the digests planned on the 7 local days that end with its own. */
export function isCapFull(
  cap: number,
  plannedAts: readonly Instant[],
  timezone: string,
  at: Instant,
): boolean {
  const zone = usableTimezone(timezone);
  const dayOf = (instant: Instant) => Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate();
  const today = dayOf(at);
  const isRecent = (plannedAt: Instant) => dayOf(plannedAt).until(today, { largestUnit: 'days' }).days < 7;
  return plannedAts.filter(isRecent).length >= cap;
}

/** When to look again at what waits for the limit: each day at the reader's hour, whatever the frequency. */
export function lookAgainAt({ hour, timezone }: Pick<Cadence, 'hour' | 'timezone'>, after: Instant): Instant {
  return nextDueAt({ frequency: 'daily', weekday: 1, hour, timezone, after });
}

/** The first time after `at` at which a digest may go, of a reader whose limit is used up then. */
export function cappedUntil(
  cap: number,
  plannedAts: readonly Instant[],
  clock: Pick<Cadence, 'hour' | 'timezone'>,
  at: Instant,
): Instant {
  let next = lookAgainAt(clock, at);
  while (isCapFull(cap, plannedAts, clock.timezone, next)) next = lookAgainAt(clock, next);
  return next;
}

/**
 * The first instant of `hour` on a local day. If the hour is skipped, the first instant after it; null if the
 * day is skipped.
 */
function instantOnDay(day: Temporal.PlainDate, hour: number, timezone: string): Temporal.Instant | null {
  const wanted = day.toPlainDateTime({ hour });
  const found = wanted.toZonedDateTime(timezone);
  if (found.hour === hour && found.minute === 0 && found.day === day.day) return found.toInstant();
  if (!day.toZonedDateTime(timezone).toPlainDate().equals(day)) return null;
  // Skipped: the wanted instant is the end of the gap, which 'compatible' may overshoot.
  const beforeGap = wanted.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  return (beforeGap.getTimeZoneTransition('next') ?? found).toInstant();
}

function toInstant(instant: Temporal.Instant): Instant {
  const rounded = instant.round({ smallestUnit: 'millisecond', roundingMode: 'ceil' });
  return rounded.toString({ fractionalSecondDigits: 3 });
}
