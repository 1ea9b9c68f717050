import { describe, expect, it } from 'vitest';
import { weekdayHoursBetween } from '../../../src/core/age.ts';
import { judgeRun } from '../../../src/core/anomaly-hold.ts';
import { dateShift } from '../../../src/core/dates.ts';
import { cardOf } from '../../../src/core/digests/card.ts';
import { ageInYears, type Filterable, passesFilters } from '../../../src/core/subscriptions/filters.ts';
import type { PartialDate } from '../../../src/core/trial.ts';
import { withholdFacets } from '../../../src/core/withhold.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';
import { makeDigest, makeItems, statusChange } from '../../support/trial-samples.ts';

const berlin = { city: 'Berlin', lat: 52.52, lon: 13.405 };
const trial = (parts: Partial<Filterable> = {}): Filterable => ({
  status: 'RECRUITING',
  lastKnownStatus: null,
  sites: [{ country: 'Germany', ...berlin }],
  minimumAge: null,
  maximumAge: null,
  sex: 'FEMALE',
  studyType: null,
  phases: [],
  countries: [],
  ageGroups: [],
  ...parts,
});
const [passes, fails] = [
  { passes: true, unknown: [] },
  { passes: false, unknown: [] },
];

describe('M3: filters at their edges', () => {
  it.each([
    ['1.25 Years', 1.25],
    ['10.5 Years', 10.5],
    ['6months', 0.5],
    [' 18 Years ', 18],
    ['3  Years', 3],
    ['up to 18 Years', null],
    ['18 Years or older', null],
    ['1.x Years', null],
    ['Years', null],
    ['', null],
  ])('the age %j is %s years', (age, years) => {
    expect(ageInYears(age)).toBe(years);
  });

  it('without filters nothing is held against a trial, whatever its record lacks', () => {
    expect(passesFilters(trial({ sites: [], sex: null, status: 'WITHHELD' }), {})).toEqual(passes);
  });

  it('a country is found whatever the spaces and capitals, and unknown while a site names none', () => {
    expect(
      passesFilters(trial({ sites: [{ country: ' Germany', ...berlin }] }), { country: 'GERMANY ' }),
    ).toEqual(passes);
    const half = trial({
      sites: [
        { country: '', ...berlin },
        { country: 'France', ...berlin },
      ],
    });
    expect(passesFilters(half, { country: 'Germany' })).toEqual({ passes: true, unknown: ['country'] });
    expect(passesFilters(trial({ sites: [{ country: '', ...berlin }] }), { country: '' })).toEqual(passes);
  });

  it('a place is found at no distance at all; half a coordinate does not count', () => {
    expect(passesFilters(trial(), { place: { ...berlin, km: 0 } })).toEqual(passes);
    for (const site of [
      { city: '', lat: null, lon: 13 },
      { city: '', lat: 52, lon: null },
    ]) {
      const half = trial({ sites: [{ country: 'Germany', ...site }] });
      expect(passesFilters(half, { place: { ...berlin, km: 10 } })).toEqual({
        passes: true,
        unknown: ['place'],
      });
    }
  });

  it('an upper age in years holds until the next birthday, one in months to the day', () => {
    const upTo = (maximumAge: string, years: number) => passesFilters(trial({ maximumAge }), { years });
    expect(upTo('1 Year', 1.5)).toEqual(passes);
    expect(upTo('1 Year', 2)).toEqual(fails);
    expect(upTo('6 Months', 0.4)).toEqual(passes);
    expect(upTo('6 Months', 0.8)).toEqual(fails);
  });

  it('the trial’s own sex passes, the other does not', () => {
    expect(passesFilters(trial(), { sex: 'FEMALE' })).toEqual(passes);
    expect(passesFilters(trial(), { sex: 'MALE' })).toEqual(fails);
  });

  it('whether a withheld trial recruits is unknown, as of one last known to recruit', () => {
    const unknown = { passes: true, unknown: ['recruiting'] };
    expect(passesFilters(trial({ status: 'WITHHELD' }), { recruitingOnly: true })).toEqual(unknown);
    for (const lastKnownStatus of ['RECRUITING', 'NOT_YET_RECRUITING', 'AVAILABLE', null] as const)
      expect(passesFilters(trial({ status: 'UNKNOWN', lastKnownStatus }), { recruitingOnly: true })).toEqual(
        unknown,
      );
  });
});

describe('C12: which anomalies are held, and why', () => {
  const figures = { facet: 'sites' as const, trials: 0, silent: 0, emptied: 0 };

  it('a facet emptied in every one of five trials, not in four, nor in five of six', () => {
    expect(judgeRun(100, [{ ...figures, trials: 5, emptied: 5 }], {})).toEqual([
      { facet: 'sites', reason: 'emptied in all 5 trials that changed it' },
    ]);
    expect(judgeRun(100, [{ ...figures, trials: 4, emptied: 4 }], {})).toEqual([]);
    expect(judgeRun(100, [{ ...figures, trials: 6, emptied: 5 }], {})).toEqual([]);
  });

  it('a facet that changed in fifty trials without an update date', () => {
    expect(judgeRun(1000, [{ ...figures, trials: 60, silent: 50 }], { sites: 0.66 })).toEqual([
      { facet: 'sites', reason: 'changed in 50 trials whose update date stayed' },
    ]);
    expect(judgeRun(1000, [{ ...figures, trials: 60, silent: 49 }], { sites: 0.66 })).toEqual([]);
  });

  it('a facet that changed in every trial, also one that changes often', () => {
    expect(judgeRun(60, [{ ...figures, trials: 60 }], { sites: 0.66 })).toEqual([
      { facet: 'sites', reason: 'changed in 60 of 60 changed trials (100 %; usually 66 %)' },
    ]);
    expect(judgeRun(60, [{ ...figures, trials: 49 }], { sites: 0.01 })).toEqual([]);
  });
});

describe('C5: dates whose type is not said', () => {
  const date = (text: string, type: PartialDate['type']): PartialDate => ({
    date: text,
    precision: 'month',
    type,
  });

  it('a type that is given or taken away is no confirmation', () => {
    expect(dateShift(date('2026-07', null), date('2026-07', 'ACTUAL'))).toEqual({ kind: 'refined' });
    expect(dateShift(date('2026-07', 'ACTUAL'), date('2026-07', null))).toEqual({ kind: 'refined' });
    expect(dateShift(date('2026-07', null), date('2026-07', null))).toEqual({ kind: 'same' });
  });

  it('only a date that became actual is confirmed', () => {
    expect(dateShift(null, date('2026-07', 'ESTIMATED'))).toEqual({ kind: 'set' });
    expect(dateShift(null, date('2026-07', 'ACTUAL'))).toEqual({ kind: 'set', confirmed: true });
    expect(dateShift(date('2026-07', 'ACTUAL'), date('2026-08', 'ACTUAL'))).toEqual({
      kind: 'slip',
      direction: 'later',
      months: 1,
    });
  });
});

describe('an age', () => {
  it.each([
    ['36525 Days', 100],
    ['52 Weeks', 0.997],
    ['17532 Hours', 2],
    ['1051920 Minutes', 2],
    ['6 Months', 0.5],
  ])('of %s is %d years', (age, years) => {
    expect(ageInYears(age)).toBeCloseTo(years, 3);
  });
});

describe('hours of weekdays', () => {
  it('leaves out Saturday and Sunday, and counts nothing backwards', () => {
    expect(weekdayHoursBetween('2026-11-20T12:00:00.000Z', '2026-11-23T06:00:00.000Z')).toBe(18);
    expect(weekdayHoursBetween('2026-11-21T00:00:00.000Z', '2026-11-23T00:00:00.000Z')).toBe(0);
    expect(weekdayHoursBetween('2026-11-16T00:00:00.000Z', '2026-11-21T00:00:00.000Z')).toBe(120);
    expect(weekdayHoursBetween('2026-11-18T10:00:00.000Z', '2026-11-18T10:00:00.000Z')).toBe(0);
    expect(weekdayHoursBetween('2026-11-19T10:00:00.000Z', '2026-11-18T10:00:00.000Z')).toBe(0);
  });
});

describe('C12: a facet that is held back', () => {
  it('of which a mail shows no fields leaves the trial as it is', () => {
    const [after, before] = [someTrial({ contacts: ['a'] }), someTrial({ contacts: ['b'] })];
    expect(withholdFacets(after, [{ facet: 'contacts', before }])).toStrictEqual(after);
  });
});

describe('a trial’s card', () => {
  it('counts the sites that recruit apart from all', () => {
    const sites = [someSite(), someSite({ status: null }), someSite({ status: 'COMPLETED' })];
    expect(cardOf(someTrial({ sites }))).toMatchObject({ siteCount: 3, recruitingSiteCount: 1 });
  });
});

describe('the versions a trial’s changes lie between', () => {
  const versions = (...at: number[]) =>
    makeDigest([
      { items: at.flatMap((version, n) => makeItems([sides[n % 2] ?? statusChange], { version })) },
    ]).trials[0]?.versions;
  const sides = [statusChange, { facet: 'title', kind: 'title', before: 'a', after: 'b' } as const];

  it('are the one before the first and the last; there is none before the first of all', () => {
    expect(versions(4)).toEqual({ from: 3, to: 4 });
    expect(versions(5, 3)).toEqual({ from: 2, to: 5 });
    expect(versions(2)).toEqual({ from: 1, to: 2 });
    expect(versions(1, 3)).toBeUndefined();
  });
});
