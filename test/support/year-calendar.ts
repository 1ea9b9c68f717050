/** The time step of a virtual year, in milliseconds: every zone's offset is a multiple of it. */
export const gridMs = 15 * 60_000;
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** The year of the tests: clocks change in Berlin, New York and Cairo, never in Kolkata and Apia. */
export const yearBegins = Date.parse('2026-11-01T00:00:00Z');
const calendarEnds = yearBegins + 400 * dayMs;

type Local = { at: number; day: string; minute: number; weekday: number };

/** An instant in the product's format. */
export function toInstant(at: number): string {
  return new Date(at).toISOString();
}

/** The local time in a zone. */
export function localOf(zone: string, at: number): Local {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return {
    at,
    day: local.toPlainDate().toString(),
    minute: local.hour * 60 + local.minute,
    weekday: local.dayOfWeek,
  };
}

const quarters = new Map<string, Local[]>();

/** Every quarter-hour of the calendar in a zone. */
function quartersOf(zone: string): Local[] {
  const known = quarters.get(zone);
  if (known) return known;
  const all: Local[] = [];
  for (let at = yearBegins - 2 * dayMs; at < calendarEnds; at += gridMs) all.push(localOf(zone, at));
  quarters.set(zone, all);
  return all;
}

const calendars = new Map<string, Local[]>();

/** The first quarter-hour of each local day at or after an hour, found by looking at each quarter-hour. */
function dueTimes(zone: string, hour: number): Local[] {
  const key = `${zone} ${hour}`;
  const known = calendars.get(key);
  if (known) return known;
  const times = new Map<string, Local>();
  for (const local of quartersOf(zone))
    if (local.minute >= hour * 60 && !times.has(local.day)) times.set(local.day, local);
  const all = [...times.values()];
  calendars.set(key, all);
  return all;
}

/** When a daily (weekday null) or weekly mail is due after one instant and not before another. */
export function dueAfter(
  when: { zone: string; hour: number; weekday: number | null },
  after: number,
  notBefore = 0,
): number {
  const due = dueTimes(when.zone, when.hour).find(
    ({ at, weekday }) => at > after && at >= notBefore && (when.weekday === null || weekday === when.weekday),
  );
  if (!due) throw new Error('the calendar of the tests ends here');
  return due.at;
}

/** An instant some months or years later by a zone's calendar; infinite after the end of the tests' calendar. */
export function laterBy(zone: string, at: number, later: { months?: number; years?: number }): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).add(later);
  return zoned.epochMilliseconds < calendarEnds - 2 * dayMs
    ? zoned.epochMilliseconds
    : Number.POSITIVE_INFINITY;
}

/** Whether immediate mails wait for the morning (D12). */
export function isNight(zone: string, at: number): boolean {
  const { minute } = localOf(zone, at);
  return minute < 8 * 60 || minute >= 21 * 60;
}

/** The first quarter-hour from an instant on that is not night. */
export function morningAfter(zone: string, at: number): number {
  let morning = at;
  while (isNight(zone, morning)) morning += gridMs - (morning % gridMs);
  return morning;
}
