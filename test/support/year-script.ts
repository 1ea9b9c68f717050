import fc from 'fast-check';
import type { Frequency } from '../../src/core/schedule.ts';
import { dayMs, gridMs, toInstant, yearBegins } from './year-calendar.ts';
import { conditionNames, type Edit, trialIds } from './year-trials.ts';

/** The days of a script; the rest of the calendar lets everybody come due once more. */
export const yearDays = 365;

export const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Africa/Cairo',
] as const;

/** The last one is followed alone: a single trial's status, silent for months. */
export const emails = ['ann', 'bob', 'eve', 'kim', 'zoe', 'uma'].map((name) => `${name}@example.net`);

/** Choices of facets; the first is the default for a trial, the second for a condition. */
export const facetChoices = [
  ['status', 'sites', 'dates', 'results', 'expanded-access', 'registration'],
  ['registration', 'status', 'results', 'expanded-access'],
  ['status'],
  ['status', 'dates'],
  ['sites', 'enrollment'],
  ['registration', 'dates', 'enrollment'],
] as const;

/** An event at an instant. An impossible one, such as a pause without subscriptions, does nothing. */
export type Act =
  | { act: 'edit'; trial: string; edit: Edit; dated: number | null }
  | { act: 'register'; trial: string }
  | { act: 'glitch'; what: 'dates' | 'status' | 'sites' }
  | { act: 'decide'; decision: 'release' | 'discard'; nth: number; part: 'run' | 'facet' | 'transition' }
  | { act: 'away'; fault: 'away' | 'cut-off'; hours: number }
  | { act: 'no-refresh'; hours: number }
  | { act: 'asleep'; hours: number }
  | {
      act: 'follow';
      who: number;
      what: string;
      frequency: Frequency;
      facets: number;
      zone: number;
      hour: number;
    }
  | { act: 'pause' | 'resume' | 'end'; who: number; nth: number }
  | { act: 'frequency'; who: number; nth: number; frequency: Frequency; weekday: number }
  | { act: 'facets'; who: number; nth: number; facets: number }
  | { act: 'clock'; who: number; zone: number; hour: number };

/** A year: the interval of rounds, the times of registry refreshes, and the events in order. */
export type Script = { everyMinutes: 15 | 60; refreshHour: number; acts: (Act & { at: number })[] };

const status = fc.constantFrom<Extract<Edit, { what: 'status' }>['to'][]>(
  'RECRUITING',
  'SUSPENDED',
  'ACTIVE_NOT_RECRUITING',
  'COMPLETED',
  'UNKNOWN',
);
const date = (...years: number[]) => fc.constantFrom(...years.map((year) => `${year}-05-05`));
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: status.map((to) => ({ what: 'status' as const, to })) },
  { weight: 2, arbitrary: date(2028, 2029, 2030).map((to) => ({ what: 'completion' as const, to })) },
  { weight: 1, arbitrary: date(2027, 2028).map((to) => ({ what: 'primary' as const, to })) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('site' as const),
      site: fc.integer({ min: 1, max: 3 }),
      to: fc.constantFrom('RECRUITING' as const, 'SUSPENDED' as const, null),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(100, 200, 400).map((to) => ({ what: 'enrollment' as const, to })),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'results' as const }) },
);

const who = fc.nat(emails.length - 2);
const nth = fc.nat(5);
const facets = fc.nat(facetChoices.length - 1);
const frequency = fc.constantFrom<Frequency[]>('immediate', 'daily', 'weekly');
const zone = fc.nat(zones.length - 1);
const hour = fc.constantFrom(0, 2, 7, 9, 23);
const hours = (max: number) => fc.integer({ min: 1, max });
const just = <const T>(value: T) => fc.constant(value);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      act: just('edit'),
      // Few trials, so that values go back and forth and each trial has several events.
      trial: fc.constantFrom(...trialIds, ...trialIds.slice(0, 2)),
      edit,
      dated: fc.constantFrom(0, 0, 0, 0, 1, 2, null),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: just('register'), trial: fc.constantFrom(...trialIds.slice(6)) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: just('glitch'),
      what: fc.constantFrom('dates' as const, 'status' as const, 'sites' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      act: just('decide'),
      decision: fc.constantFrom('release' as const, 'discard' as const),
      nth: fc.nat(3),
      part: fc.constantFrom('run' as const, 'facet' as const, 'transition' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: just('away'),
      fault: fc.constantFrom('away' as const, 'cut-off' as const),
      hours: hours(100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: just('no-refresh'), hours: hours(200) }) },
  { weight: 2, arbitrary: fc.record({ act: just('asleep'), hours: hours(80) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      act: just('follow'),
      who,
      what: fc.constantFrom(...trialIds, ...trialIds.slice(0, 2), ...conditionNames, ...conditionNames),
      frequency,
      facets,
      zone,
      hour,
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: just('pause'), who, nth }) },
  { weight: 5, arbitrary: fc.record({ act: just('resume'), who, nth }) },
  { weight: 2, arbitrary: fc.record({ act: just('end'), who, nth }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: just('frequency'),
      who,
      nth,
      frequency,
      weekday: fc.integer({ min: 1, max: 7 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: just('facets'), who, nth, facets }) },
  { weight: 2, arbitrary: fc.record({ act: just('clock'), who, zone, hour }) },
);

/**
 * Everybody follows something from the first days on; the first person follows one trial in two ways, at two
 * frequencies.
 */
const beginning: (Act & { at: number })[] = (
  [
    [0, 'NCT07000001', 'daily', 0, 0, 9],
    [0, 'asthma', 'weekly', 1, 0, 9],
    [1, 'asthma', 'daily', 1, 1, 2],
    [1, 'NCT07000002', 'immediate', 0, 1, 2],
    [2, 'psoriasis', 'weekly', 1, 2, 7],
    [2, 'NCT07000004', 'weekly', 0, 2, 7],
    [3, 'NCT07000001', 'immediate', 0, 3, 9],
    [4, 'asthma', 'immediate', 1, 4, 0],
    [4, 'NCT07000001', 'daily', 3, 4, 0],
    [5, 'NCT07000006', 'weekly', 2, 1, 7],
  ] as const
).map(([person, what, often, choice, where, when], n) => ({
  at: yearBegins + (40 + n) * gridMs,
  act: 'follow',
  who: person,
  what,
  frequency: often,
  facets: choice,
  zone: where,
  hour: when,
}));

const onDay = (day: number, what: Act) => ({ at: yearBegins + day * dayMs + 41 * gridMs, ...what });
const turn = (day: number, to: Extract<Edit, { what: 'status' }>['to']) =>
  onDay(day, { act: 'edit', trial: 'NCT07000001', edit: { what: 'status', to }, dated: 0 });

/** Part of every year: a person pauses, follows the same trial in a second way, and resumes the first. */
const comingBack: (Act & { at: number })[] = [
  onDay(1, { act: 'pause', who: 3, nth: 0 }),
  turn(2, 'SUSPENDED'),
  onDay(5, { act: 'follow', who: 3, what: 'asthma', frequency: 'daily', facets: 1, zone: 3, hour: 9 }),
  turn(8, 'ACTIVE_NOT_RECRUITING'),
  onDay(13, { act: 'resume', who: 3, nth: 0 }),
];

const script: fc.Arbitrary<Script> = fc
  .record({
    everyMinutes: fc.constantFrom(15 as const, 60 as const),
    refreshHour: fc.constantFrom(3, 13, 22),
    acts: fc.array(
      fc.tuple(fc.nat(yearDays - 1), fc.nat(95), act).map(([day, quarter, what]) => ({
        at: yearBegins + day * dayMs + quarter * gridMs,
        ...what,
      })),
      { minLength: 450, maxLength: 450 },
    ),
  })
  .map(({ acts, ...how }) => ({
    ...how,
    acts: [...beginning, ...comingBack, ...acts].toSorted((a, b) => a.at - b.at),
  }));

/** The year of a seed, always the same. */
export function makeScript(seed: number): Script {
  const [made] = fc.sample(fc.noBias(script), { seed, numRuns: 1 });
  if (!made) throw new Error('no script');
  return made;
}

/** A script as text, one line per event. */
export function sayScript({ acts, ...how }: Script): string {
  const lines = acts.map(({ at, ...what }) => `${toInstant(at)} ${JSON.stringify(what)}`);
  return [JSON.stringify(how), ...lines].join('\n');
}

/**
 * Shrinks a script that fails, by leaving out parts for at most `budgetMs`. `isFailing` tells whether a script still
 * fails.
 */
export async function shrinkScript(
  failing: Script,
  isFailing: (script: Script) => Promise<boolean>,
  budgetMs: number,
): Promise<Script> {
  const until = performance.now() + budgetMs;
  let { acts } = failing;
  for (let part = Math.ceil(acts.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let from = 0; from < acts.length; ) {
      if (performance.now() > until) return { ...failing, acts };
      const fewer = acts.toSpliced(from, part);
      if (await isFailing({ ...failing, acts: fewer })) acts = fewer;
      else from += part;
    }
  }
  return { ...failing, acts };
}
