import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ageInYears,
  comesToPass,
  distanceKm,
  type Filterable,
  passesFilters,
  type SubscriptionFilters,
} from '../../../src/core/subscriptions/filters.ts';

const berlin = { city: 'Berlin', lat: 52.52, lon: 13.405 };
const paris = { city: 'Paris', lat: 48.8566, lon: 2.3522 };

const trial = (parts: Partial<Filterable> = {}): Filterable => ({
  status: 'RECRUITING',
  lastKnownStatus: null,
  sites: [{ country: 'Germany', ...berlin }],
  minimumAge: '18 Years',
  maximumAge: '65 Years',
  sex: 'ALL',
  studyType: 'INTERVENTIONAL',
  phases: ['PHASE1', 'PHASE2'],
  countries: [],
  ageGroups: [],
  ...parts,
});

type Passes = typeof passesFilters;

/** Broken: what a record lacks, it fails. */
const strict: Passes = (one, filters) => {
  const { passes, unknown } = passesFilters(one, filters);
  return { passes: passes && unknown.length === 0, unknown: [] };
};

function prove(check: (passes: Passes) => void, broken: Passes): void {
  check(passesFilters);
  expect(() => check(broken)).toThrow();
}

const everything: Passes = () => ({ passes: true, unknown: [] });

describe('filters', () => {
  it('M3: each filter lets through and holds back by the record’s facts', () => {
    const cases: [SubscriptionFilters, Partial<Filterable>, boolean][] = [
      [{}, {}, true],
      [{ country: 'germany' }, {}, true],
      [{ country: 'France' }, {}, false],
      [{ country: 'KR' }, { sites: [{ country: 'Korea, Republic of', ...berlin }] }, true],
      [{ country: 'South Korea' }, { sites: [{ country: 'Korea, Republic of', ...berlin }] }, true],
      [{ country: 'Korea, Republic of' }, { sites: [{ country: 'South Korea', ...berlin }] }, true],
      [{ country: 'KP' }, { sites: [{ country: 'Korea, Republic of', ...berlin }] }, false],
      [{ place: { ...berlin, km: 10 } }, {}, true],
      [{ place: { ...paris, km: 800 } }, {}, false],
      [{ place: { ...paris, km: 900 } }, {}, true],
      [{ ageGroup: 'CHILD' }, {}, false],
      [{ ageGroup: 'CHILD' }, { minimumAge: '6 Months' }, true],
      [{ ageGroup: 'ADULT' }, {}, true],
      [{ ageGroup: 'OLDER_ADULT' }, {}, true],
      [{ ageGroup: 'OLDER_ADULT' }, { maximumAge: '64 Years' }, false],
      [{ ageGroup: 'CHILD' }, { minimumAge: null, maximumAge: '17 Years' }, true],
      [{ ageGroup: 'ADULT' }, { minimumAge: null, maximumAge: '17 Years' }, false],
      [{ years: 65.5 }, {}, true],
      [{ years: 66 }, {}, false],
      [{ years: 17 }, {}, false],
      [{ years: 90 }, { maximumAge: null }, true],
      [{ sex: 'FEMALE' }, {}, true],
      [{ sex: 'FEMALE' }, { sex: 'MALE' }, false],
      [{ studyTypes: ['OBSERVATIONAL'] }, {}, false],
      [{ studyTypes: ['OBSERVATIONAL', 'INTERVENTIONAL'] }, {}, true],
      [{ phases: ['PHASE2'] }, {}, true],
      [{ phases: ['PHASE3'] }, {}, false],
      [{ phases: ['PHASE3'] }, { phases: ['NA'] }, false],
      [{ recruitingOnly: true }, {}, true],
      [{ recruitingOnly: true }, { status: 'AVAILABLE' }, true],
      [{ recruitingOnly: true }, { status: 'NOT_YET_RECRUITING' }, false],
      [{ recruitingOnly: true }, { status: 'ACTIVE_NOT_RECRUITING' }, false],
      [{ recruitingOnly: true }, { status: 'UNKNOWN', lastKnownStatus: 'ACTIVE_NOT_RECRUITING' }, false],
      [{ country: 'Germany', sex: 'MALE', recruitingOnly: true }, { sex: 'FEMALE' }, false],
    ];
    prove((passes) => {
      for (const [filters, parts, expected] of cases)
        expect(passes(trial(parts), filters), JSON.stringify([filters, parts])).toEqual({
          passes: expected,
          unknown: [],
        });
    }, everything);
  });

  it('M3: a fact the record lacks passes and is named', () => {
    const bare = trial({
      status: 'UNKNOWN',
      sites: [],
      minimumAge: null,
      maximumAge: null,
      sex: null,
      studyType: null,
      phases: [],
    });
    prove((passes) => {
      expect(
        passes(bare, {
          country: 'Germany',
          place: { ...berlin, km: 50 },
          years: 40,
          sex: 'FEMALE',
          studyTypes: ['INTERVENTIONAL'],
          phases: ['PHASE1'],
          recruitingOnly: true,
        }),
      ).toEqual({
        passes: true,
        unknown: ['country', 'place', 'age', 'sex', 'studyType', 'phase', 'recruiting'],
      });
      const divided = trial({ sites: [{ country: 'Former Yugoslavia', ...berlin }] });
      expect(passes(divided, { country: 'RS' })).toEqual({ passes: true, unknown: ['country'] });
      const unplaced = trial({
        sites: [
          { country: 'Germany', city: '', lat: null, lon: null },
          { country: 'France', ...paris },
        ],
      });
      expect(passes(unplaced, { place: { ...berlin, km: 50 } })).toEqual({
        passes: true,
        unknown: ['place'],
      });
      expect(passes(trial(), { place: { ...berlin, km: 50 } })).toEqual({ passes: true, unknown: [] });
    }, strict);
  });

  it('M3: a trial comes to pass when its first site in the country, its age or its recruitment does', () => {
    const check = (comes: typeof comesToPass) => {
      const germany = { country: 'Germany' };
      expect(comes(trial({ sites: [{ country: 'France', ...paris }] }), trial(), germany)).toBe(true);
      expect(comes(trial(), trial(), germany)).toBe(false);
      expect(comes(null, trial(), germany)).toBe(true);
      expect(comes(trial({ minimumAge: '21 Years' }), trial(), { years: 18 })).toBe(true);
      expect(comes(trial({ status: 'NOT_YET_RECRUITING' }), trial(), { recruitingOnly: true })).toBe(true);
      expect(comes(trial(), trial({ status: 'COMPLETED' }), { recruitingOnly: true })).toBe(false);
    };
    check(comesToPass);
    expect(() => check((_, after, filters) => passesFilters(after, filters).passes)).toThrow();
  });

  it('reads the registry’s ages', () => {
    expect(ageInYears('18 Years')).toBe(18);
    expect(ageInYears('1 Year')).toBe(1);
    expect(ageInYears('6 Months')).toBeCloseTo(0.5);
    expect(ageInYears('2 Weeks')).toBeCloseTo(14 / 365.25);
    expect(ageInYears('N/A')).toBeNull();
    expect(ageInYears(null)).toBeNull();
    expect(ageInYears('5 Lightyears')).toBeNull();
  });
});

describe('distance', () => {
  const point = fc.record({
    lat: fc.double({ min: -90, max: 90, noNaN: true }),
    lon: fc.double({ min: -180, max: 180, noNaN: true }),
  });

  it('knows the way from Berlin to Paris, a degree of latitude, and half the earth', () => {
    expect(distanceKm(berlin, paris)).toBeCloseTo(877.5, 0);
    expect(distanceKm({ lat: 0, lon: 0 }, { lat: 1, lon: 0 })).toBeCloseTo(111.195, 2);
    expect(distanceKm({ lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 })).toBeCloseTo(111.195, 2);
    expect(distanceKm({ lat: 90, lon: 0 }, { lat: -90, lon: 77 })).toBeCloseTo(20015.1, 0);
  });

  it('is a distance on a sphere (property)', () => {
    const check = (measure: typeof distanceKm) =>
      fc.assert(
        fc.property(point, point, point, (a, b, c) => {
          expect(measure(a, a)).toBeCloseTo(0, 6);
          expect(measure(a, b)).toBeCloseTo(measure(b, a), 6);
          expect(measure(a, b)).toBeLessThanOrEqual(20015.2);
          expect(measure(a, c)).toBeLessThanOrEqual(measure(a, b) + measure(b, c) + 1e-3);
        }),
        { numRuns: 1000 },
      );
    check(distanceKm);
    // Broken: degrees on a flat map.
    expect(() => check((a, b) => Math.hypot(a.lat - b.lat, a.lon - b.lon) * 111.195)).toThrow();
  });
});

describe('the filters of a registry that tells of countries', () => {
  const ofCountries = (parts: Partial<Filterable> = {}) =>
    trial({
      sites: [],
      countries: [
        { code: 'IT', status: 'RECRUITING' },
        { code: 'ES', status: 'ACTIVE_NOT_RECRUITING' },
      ],
      ...parts,
    });
  const passes = { passes: true, unknown: [] };
  const unsaid = { passes: true, unknown: ['place'] };
  const fails = { passes: false, unknown: [] };
  const near = (name: string, km: number) => ({ place: { lat: 0, lon: 0, name, km } });

  it('X5: a country counts where there are no sites, and its own status decides whether it recruits', () => {
    expect(passesFilters(ofCountries(), { country: 'Spain' })).toEqual(passes);
    expect(passesFilters(ofCountries(), { country: 'FR' })).toEqual(fails);
    expect(passesFilters(ofCountries(), { country: 'ES', recruitingOnly: true })).toEqual(fails);
    expect(passesFilters(ofCountries(), { country: 'IT', recruitingOnly: true })).toEqual(passes);
  });

  it('X5: a place counts by its city, else by its country and what borders on it', () => {
    const site = { city: 'Bologna', country: 'Italy', lat: null, lon: null };
    const unplaced = ofCountries({ sites: [site] });
    expect(passesFilters(unplaced, near('Bologna, Italy', 10))).toEqual(passes);
    expect(passesFilters(unplaced, near('Rome, Italy', 10))).toEqual(unsaid);
    expect(passesFilters(unplaced, near('Innsbruck, Austria', 200))).toEqual(unsaid);
    expect(passesFilters(unplaced, near('Helsinki, Finland', 200))).toEqual(fails);
    expect(passesFilters(unplaced, near('Helsinki, Finland', 500))).toEqual(unsaid);
    expect(passesFilters(unplaced, near('Boston, United States', 200))).toEqual(unsaid);
    expect(passesFilters(ofCountries({ countries: [] }), near('Helsinki, Finland', 10))).toEqual(unsaid);
  });

  it('X5: groups of ages hold nobody back whom they may include', () => {
    const adults = ofCountries({
      minimumAge: null,
      maximumAge: null,
      ageGroups: [
        { from: 18, to: 64 },
        { from: 65, to: null },
      ],
    });
    expect(passesFilters(adults, { ageGroup: 'ADULT' })).toEqual(passes);
    expect(passesFilters(adults, { ageGroup: 'OLDER_ADULT' })).toEqual(passes);
    expect(passesFilters(adults, { ageGroup: 'CHILD' })).toEqual(fails);
    expect(passesFilters(adults, { years: 64 })).toEqual({ passes: true, unknown: ['age'] });
    expect(passesFilters(adults, { years: 17 })).toEqual(fails);
  });
});
