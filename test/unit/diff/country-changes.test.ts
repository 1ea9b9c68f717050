import { describe, expect, it } from 'vitest';
import { applyEdits, compareTrials } from '../../../src/core/diff/diff.ts';
import type { TrialCountry, TrialStatus } from '../../../src/core/trial.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';

const country = (
  code: string,
  name: string,
  status: TrialStatus | null,
  listedAs: string | null,
  over: Partial<TrialCountry> = {},
): TrialCountry => ({
  ...{ code, name, status, listedAs, startDate: null, recruitmentStart: null, recruitmentEnd: null },
  ...over,
});
const pending = ['NOT_YET_RECRUITING', 'Authorised, recruitment pending'] as const;
const authorised = ['RECRUITING', 'Authorised, recruiting'] as const;
const ongoing = ['RECRUITING', 'Ongoing, recruiting'] as const;
const closed = ['ACTIVE_NOT_RECRUITING', 'Ongoing, recruitment ended'] as const;

const withCountries = (...countries: TrialCountry[]) => someTrial({ countries, statusBasis: 'countries' });

describe('a trial in several countries', () => {
  it('X5: each country that came, went or has another status is told, in a form of its own', () => {
    const before = withCountries(country('ES', 'Spain', ...ongoing), country('FR', 'France', ...pending));
    const after = withCountries(country('ES', 'Spain', ...closed), country('IT', 'Italy', ...pending));
    const { edits, changes } = compareTrials(before, after);
    expect(changes).toEqual([
      {
        facet: 'countries',
        kind: 'country-status',
        country: 'Spain',
        before: { status: 'RECRUITING', listedAs: 'Ongoing, recruiting' },
        after: { status: 'ACTIVE_NOT_RECRUITING', listedAs: 'Ongoing, recruitment ended' },
      },
      {
        facet: 'countries',
        kind: 'country-removed',
        country: 'France',
        before: { status: 'NOT_YET_RECRUITING', listedAs: 'Authorised, recruitment pending' },
        after: null,
      },
      {
        facet: 'countries',
        kind: 'country-added',
        country: 'Italy',
        before: null,
        after: { status: 'NOT_YET_RECRUITING', listedAs: 'Authorised, recruitment pending' },
      },
    ]);
    expect(applyEdits(before, edits).countries).toEqual(after.countries);
  });

  it.each([
    ['it recruits before and after the first person took part (3 to 4)', authorised, ongoing, {}],
    [
      'only its dates changed',
      pending,
      pending,
      { startDate: { date: '2026', precision: 'year', type: null } },
    ],
    ['its word is only spelled differently', closed, [closed[0], 'Ongoing; recruitment ended'], {}],
  ] as const)('X5: nothing is told when %s', (_, was, is, over) => {
    const before = withCountries(country('IT', 'Italy', was[0], was[1]));
    const after = withCountries(country('IT', 'Italy', is[0], is[1], over));
    const { edits, changes } = compareTrials(before, after);
    expect(changes).toEqual([]);
    expect(edits).toMatchObject([{ field: 'countries', fate: 'silent' }]);
    expect(applyEdits(before, edits).countries).toEqual(after.countries);
  });

  it('X5: a country that may now recruit, and one that was authorized, is news', () => {
    const before = withCountries(
      country('FR', 'France', ...pending),
      country('PL', 'Poland', 'NOT_YET_RECRUITING', 'Under evaluation'),
    );
    const after = withCountries(country('FR', 'France', ...authorised), country('PL', 'Poland', ...pending));
    expect(compareTrials(before, after).changes.map((change) => change.country)).toEqual([
      'France',
      'Poland',
    ]);
  });

  it('X5: countries that were not read before are a silent baseline', () => {
    const before = { ...withCountries(), unread: ['countries' as const] };
    const after = withCountries(country('IT', 'Italy', ...ongoing));
    const { edits, changes } = compareTrials(before, after);
    expect(changes).toEqual([]);
    expect(applyEdits(before, edits)).toMatchObject({ countries: after.countries, unread: [] });
    expect(compareTrials(before, withCountries()).edits).toMatchObject([{ field: 'countries', after: null }]);
  });
});
