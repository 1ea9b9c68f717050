import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cadence,
  cappedUntil,
  immediateAt,
  isCapFull,
  nextDueAt,
  readWeeklyCap,
} from '../../../src/core/schedule.ts';
import { offerTimezones, readTimezone } from '../../../src/core/text/time-zones.ts';

const zones = Intl.supportedValuesOf('timeZone');
const daily = (timezone: string, hour: number): Cadence => ({
  frequency: 'daily',
  weekday: 1,
  hour,
  timezone,
});

function series(next: typeof nextDueAt, cadence: Cadence, from: string, until: string): string[] {
  const due: string[] = [];
  let at = from;
  for (;;) {
    at = next({ ...cadence, after: at });
    if (at >= until) return due;
    due.push(at);
  }
}

const clocks = new Map<string, { at: number; local: string }[]>();

/** The local clock of that day and the nights around it, quarter hour by quarter hour. */
function readClock(day: string, timezone: string): { at: number; local: string }[] {
  const key = `${day} ${timezone}`;
  const known = clocks.get(key);
  if (known) return known;
  const noon = Date.parse(`${day}T12:00:00Z`);
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const ticks: { at: number; local: string }[] = [];
  for (let at = noon - 30 * 3_600_000; at <= noon + 30 * 3_600_000; at += 15 * 60_000)
    ticks.push({ at, local: clock.format(at) });
  clocks.set(key, ticks);
  return ticks;
}

/** A slow reference that reads the rules off a clock and knows nothing of transitions. */
function naiveDueOnDay(day: string, hour: number, timezone: string): string | null {
  const ticks = readClock(day, timezone);
  const wanted = `${day} ${String(hour).padStart(2, '0')}:00`;
  const first = ticks.find(({ local }) => local >= wanted);
  return first && ticks.some(({ local }) => local.startsWith(day)) ? new Date(first.at).toISOString() : null;
}

function daysFrom(first: string, count: number): string[] {
  const start = Temporal.PlainDate.from(first);
  return Array.from({ length: count }, (_, n) => start.add({ days: n }).toString());
}

describe('the schedule', () => {
  it('D7: every IANA zone over 400 days from 2026-11-01 has one daily digest per local day at the chosen hour', () => {
    const odd: string[] = [];
    for (const timezone of zones) {
      const from = Temporal.PlainDate.from('2026-10-31').toZonedDateTime({
        timeZone: timezone,
        plainTime: '23:59',
      });
      const until = from.add({ days: 400 }).toInstant().toString({ fractionalSecondDigits: 3 });
      const start = from.toInstant().toString({ fractionalSecondDigits: 3 });
      const due = series(nextDueAt, daily(timezone, 9), start, until);
      const days = due.map((at) => Temporal.Instant.from(at).toZonedDateTimeISO(timezone));
      const wrong = days.filter((local) => local.hour !== 9 || local.minute !== 0);
      if (
        due.length !== 400 ||
        new Set(days.map((d) => d.toPlainDate().toString())).size !== 400 ||
        wrong.length
      )
        odd.push(timezone);
    }
    expect(zones.length).toBeGreaterThan(400);
    expect(odd).toEqual([]);
  }, 60_000);

  it('D7: around every clock change of every zone, each hour agrees with a clock read quarter by quarter', () => {
    const changes = new Map<string, { timezone: string; day: string }>();
    for (const timezone of zones) {
      let at = Temporal.Instant.from('2026-11-01T00:00Z').toZonedDateTimeISO(timezone);
      for (;;) {
        const next = at.getTimeZoneTransition('next');
        if (next === null || next.epochMilliseconds > Date.parse('2027-12-06T00:00Z')) break;
        const before = next.subtract({ nanoseconds: 1 });
        // Zones that change alike, at the same local time by the same amount, count once.
        changes.set(`${before.toPlainDateTime()} ${before.offset} ${next.offset}`, {
          timezone,
          day: before.toPlainDate().toString(),
        });
        at = next;
      }
    }
    expect(changes.size).toBeGreaterThan(20);
    const differences = compareWithClock(nextDueAt, [...changes.values()]);
    expect(differences).toEqual([]);
    const naive: typeof nextDueAt = (cadence) => {
      const local = Temporal.Instant.from(cadence.after).toZonedDateTimeISO(cadence.timezone);
      const today = local.with({ hour: cadence.hour, minute: 0, second: 0, millisecond: 0 });
      const due = Temporal.ZonedDateTime.compare(today, local) > 0 ? today : today.add({ days: 1 });
      return due.toInstant().toString({ fractionalSecondDigits: 3 });
    };
    expect(compareWithClock(naive, [...changes.values()]).length).toBeGreaterThan(0);
  });

  function compareWithClock(next: typeof nextDueAt, changes: { timezone: string; day: string }[]): string[] {
    const differences: string[] = [];
    for (const { timezone, day } of changes) {
      const first = Temporal.PlainDate.from(day).subtract({ days: 1 });
      for (let hour = 0; hour < 24; hour += 1) {
        const wanted = daysFrom(first.toString(), 3)
          .map((one) => naiveDueOnDay(one, hour, timezone))
          .filter((at) => at !== null);
        const start = new Date(Date.parse(wanted[0] ?? '') - 60_000).toISOString();
        const end = new Date(Date.parse(wanted.at(-1) ?? '') + 60_000).toISOString();
        const got = series(next, daily(timezone, hour), start, end);
        if (got.join() !== wanted.join())
          differences.push(`${timezone} ${day} ${hour}: ${got} not ${wanted}`);
      }
    }
    return differences;
  }

  it('D7: the day Apia left out gives none, daily and weekly', () => {
    const due = series(
      nextDueAt,
      daily('Pacific/Apia', 9),
      '2011-12-28T20:00:00.000Z',
      '2012-01-01T00:00:00.000Z',
    );
    expect(due).toEqual(['2011-12-29T19:00:00.000Z', '2011-12-30T19:00:00.000Z', '2011-12-31T19:00:00.000Z']);
    expect(
      nextDueAt({
        frequency: 'weekly',
        weekday: 5,
        hour: 9,
        timezone: 'Pacific/Apia',
        after: '2011-12-26T00:00:00.000Z',
      }),
    ).toBe('2012-01-05T19:00:00.000Z');
  });

  it('D7: weekly comes on the chosen day, whatever the clocks do', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 23 }),
        fc.date({ min: new Date('2026-11-01'), max: new Date('2027-12-01'), noInvalidDate: true }),
        (timezone, weekday, hour, start) => {
          const after = start.toISOString();
          const due = nextDueAt({ frequency: 'weekly', weekday, hour, timezone, after });
          const days = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
            Temporal.Instant.from(after).toZonedDateTimeISO(timezone).toPlainDate().add({ days: n }),
          );
          const first = days
            .filter((day) => day.dayOfWeek === weekday)
            .map((day) => naiveDueOnDay(day.toString(), hour, timezone))
            .find((at) => at !== null && at > after);
          expect(due).toBe(first);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('D7: after a change of zone or hour the next mail comes at least 12 hours after the last', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 26 * 60 }),
        fc.date({ min: new Date('2026-11-01'), max: new Date('2027-12-01'), noInvalidDate: true }),
        (timezone, hour, minutes, sent) => {
          const lastSentAt = sent.toISOString();
          const after = new Date(sent.getTime() + minutes * 60_000).toISOString();
          const due = Date.parse(nextDueAt({ ...daily(timezone, hour), after, lastSentAt }));
          expect(due - sent.getTime()).toBeGreaterThanOrEqual(12 * 3_600_000);
          expect(due).toBeGreaterThan(Date.parse(after));
          expect(due - Math.max(Date.parse(after), sent.getTime() + 12 * 3_600_000)).toBeLessThanOrEqual(
            26 * 3_600_000,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('D12: immediate waits from 21:00 until 08:00 local, unless asked not to', () => {
    const zone = 'Europe/Berlin';
    expect(immediateAt('2026-11-20T14:05:00.000Z', zone, true)).toBe('2026-11-20T14:05:00.000Z');
    expect(immediateAt('2026-11-20T19:59:59.999Z', zone, true)).toBe('2026-11-20T19:59:59.999Z');
    expect(immediateAt('2026-11-20T20:00:00.000Z', zone, true)).toBe('2026-11-21T07:00:00.000Z');
    expect(immediateAt('2026-11-21T03:00:00.000Z', zone, true)).toBe('2026-11-21T07:00:00.000Z');
    expect(immediateAt('2026-11-21T03:00:00.000Z', zone, false)).toBe('2026-11-21T03:00:00.000Z');
    expect(immediateAt('2027-03-27T21:00:00.000Z', zone, true)).toBe('2027-03-28T06:00:00.000Z');
    expect(
      nextDueAt({
        frequency: 'immediate',
        weekday: 1,
        hour: 9,
        timezone: zone,
        after: '2026-11-21T03:00:00.000Z',
      }),
    ).toBe('2026-11-21T07:00:00.000Z');
  });

  it('D12: in every zone an immediate mail falls between 08:00 and 21:00 and waits at most half a day', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.date({ min: new Date('2026-11-01'), max: new Date('2027-12-01'), noInvalidDate: true }),
        (timezone, released) => {
          const at = immediateAt(released.toISOString(), timezone, true);
          const local = Temporal.Instant.from(at).toZonedDateTimeISO(timezone);
          expect(local.hour).toBeGreaterThanOrEqual(8);
          expect(local.hour).toBeLessThan(21);
          expect(Date.parse(at) - released.getTime()).toBeGreaterThanOrEqual(0);
          expect(Date.parse(at) - released.getTime()).toBeLessThanOrEqual(13 * 3_600_000);
        },
      ),
    );
  });

  it('O10: an unknown zone counts as UTC, and an offset, which knows no summer time, is unknown', () => {
    for (const zone of ['Mars/Olympus', '', '+02:00', 'UTC'])
      expect(nextDueAt({ ...daily(zone, 9), after: '2026-11-20T00:00:00.000Z' })).toBe(
        '2026-11-20T09:00:00.000Z',
      );
  });

  it('O10: each zone is offered once, by its present name, and older names and other letters are understood', () => {
    const names = offerTimezones('').map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Europe/Kyiv', 'Asia/Kolkata', 'America/Nuuk', 'UTC']));
    const clocks = names.map(
      (name) => new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone,
    );
    expect(new Set(clocks).size).toBe(names.length);
    for (const older of [
      'Europe/Kiev',
      'Asia/Calcutta',
      'US/Pacific',
      'Etc/UTC',
      'GMT',
      ...Intl.supportedValuesOf('timeZone'),
    ])
      expect(readTimezone(older)).toBe(older);
    expect(readTimezone(' europe/KYIV')).toBe('Europe/Kyiv');
    const also = new Map(offerTimezones('').map((one) => [one.name, one.also]));
    expect([also.get('Asia/Kolkata'), also.get('UTC'), also.get('Europe/Paris')]).toEqual([
      'Asia/Calcutta',
      'Etc/UTC',
      null,
    ]);
    // A select box always has what is stored, so that saving changes nothing.
    for (const stored of ['Europe/Kiev', 'Mars/Olympus'])
      expect(offerTimezones(stored)).toContainEqual({ name: stored, also: null });
  });
});

describe('D13: a limit of emails in 7 days', () => {
  const clock = { hour: 9, timezone: 'Europe/Berlin' };

  it('D13: counts the days of the reader’s zone, whatever the hour and the clocks do', () => {
    // At 9 in the evening before the clocks go back, and at 9 a week later.
    const planned = ['2026-10-24T19:00:00.000Z'];
    expect(isCapFull(1, planned, clock.timezone, '2026-10-30T22:59:00.000Z')).toBe(true);
    expect(isCapFull(1, planned, clock.timezone, '2026-10-30T23:00:00.000Z')).toBe(false);
    expect(isCapFull(2, planned, clock.timezone, '2026-10-25T19:00:00.000Z')).toBe(false);
    expect(cappedUntil(1, planned, clock, '2026-10-25T19:00:00.000Z')).toBe('2026-10-31T08:00:00.000Z');
  });

  it('D13: the next email can go on the day when the oldest that counts is a week old', () => {
    const planned = ['2026-11-02T08:00:00.000Z', '2026-11-04T08:00:00.000Z'];
    expect(cappedUntil(2, planned, clock, '2026-11-05T08:00:00.000Z')).toBe('2026-11-09T08:00:00.000Z');
    expect(cappedUntil(1, planned, clock, '2026-11-05T08:00:00.000Z')).toBe('2026-11-11T08:00:00.000Z');
    expect(readWeeklyCap('2')).toBe(2);
    expect(['', '0', '4', 'none'].map(readWeeklyCap)).toEqual([null, null, null, null]);
  });
});
