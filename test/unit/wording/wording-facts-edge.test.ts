import { describe, expect, it } from 'vitest';
import type { TrialCard } from '../../../src/core/digests/digest.ts';
import { foldedLines } from '../../../src/core/wording/digest/folds.ts';
import { factsLine } from '../../../src/core/wording/trial-facts.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { makeCard } from '../../support/trial-samples.ts';

const wording = createWording('en');

describe('quick facts', () => {
  const bare = makeCard({
    studyType: null,
    phases: [],
    enrollment: null,
    minimumAge: null,
    maximumAge: null,
    conditions: [],
    siteCount: 0,
    countries: [],
    sponsor: null,
  });

  it('state the facts of the record, and omit those that it lacks', () => {
    expect(factsLine(wording, bare)).toBe('');
    expect(factsLine(wording, makeCard())).toBe(
      'Interventional study (something is tested); phase 1 and phase 2; 20 participants planned; ages 14 to 70 years; ' +
        'conditions: Relapsed/refractory B-ALL; 3 sites in China and Italy; sponsor: Shenzhen University General Hospital.',
    );
  });

  it.each<[string, Partial<TrialCard>]>([
    ['1 participant.', { enrollment: { count: 1, type: 'ACTUAL' } }],
    ['1 participant.', { enrollment: { count: 1, type: null } }],
    ['Ages 18 and over.', { minimumAge: '18' }],
    ['Ages 18 years and over.', { minimumAge: '18 Years' }],
    ['Ages up to 6 months.', { maximumAge: '6 Months' }],
    ['Ages 1 to 2 years.', { minimumAge: '1 Year', maximumAge: '2 YEARS' }],
    ['Ages 6 months to 2 years.', { minimumAge: '6 Months', maximumAge: '2 Years' }],
    ['Ages about 6 years to 10 years.', { minimumAge: 'about 6 Years', maximumAge: '10 Years' }],
    ['Ages up to 1000 years.', { maximumAge: '1000 Years' }],
    ['Conditions: A, B, C, and D.', { conditions: ['A', 'B', 'C', 'D'] }],
    ['Conditions: A, B, C, D and 2 more.', { conditions: ['A', 'B', 'C', 'D', 'E', 'F'] }],
    ['1 site in Peru.', { siteCount: 1, countries: ['Peru'] }],
    ['', { siteCount: 1 }],
    ['Listed in Peru.', { countries: ['Peru'] }],
    ['', { phases: [''] }],
  ])('%j', (line, over) => {
    expect(factsLine(wording, { ...bare, ...over })).toBe(line);
  });
});

describe('folded changes', () => {
  const sites = (kind: string, count: number, country?: string) => ({
    facet: 'sites',
    kind,
    count,
    ...(country === undefined ? {} : { country }),
  });

  it('D2: sites are counted by country, most first, those beyond eight together', () => {
    const countries = Array.from({ length: 10 }, (_, n) => sites('site-added', n + 1, `Country ${n + 1}`));
    expect(foldedLines(wording, countries)).toEqual([
      '55 more new sites: 10 in Country 10, 9 in Country 9, 8 in Country 8, 7 in Country 7, 6 in Country 6, 5 in Country 5, ' +
        '4 in Country 4, 3 in Country 3, and 3 in other countries.',
    ]);
    expect(foldedLines(wording, countries.slice(0, 8))[0]).not.toContain('other countries');
  });

  it('D2: each kind has its line, minor facets share one, each named once', () => {
    expect(
      foldedLines(wording, [
        { facet: 'title', kind: 'title', count: 1 },
        sites('site-status', 1, 'Peru'),
        sites('site-removed', 2, ''),
        { facet: 'title', kind: 'acronym', count: 1 },
        { facet: 'sponsor', kind: 'sponsor', count: 2 },
      ]),
    ).toEqual([
      '2 more sites no longer listed: 2 without a country.',
      '1 more site with a new status: 1 in Peru.',
      'Also changed in the record: title and sponsor.',
    ]);
    expect(foldedLines(wording, [])).toEqual([]);
  });
});
