import { describe, expect, it } from 'vitest';
import { applyEdits, canonicalTrial, compareTrials } from '../../../src/core/diff/diff.ts';
import { judgeSites, type SiteCard } from '../../../src/core/sites/judge.ts';
import { pairSites, pairSitesInSteps } from '../../../src/core/sites/pair.ts';
import type { Site } from '../../../src/core/trial.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';
import {
  siteCity as city,
  listSites as list,
  renameSites as rename,
  longLists as shapes,
} from '../../support/long-site-lists.ts';
import { hasMoreRecords, readMoreTrials } from '../../support/recorded-trials.ts';

const compared = (before: Site[], after: Site[]) => {
  let count = 0;
  const pairs = pairSites(before, after, {
    judge: (was, is) => {
      count++;
      return judgeSites(was, is);
    },
  });
  const once = (positions: (number | null)[], length: number) =>
    expect(positions.filter((at) => at !== null).toSorted((a, b) => a - b)).toEqual([
      ...Array(length).keys(),
    ]);
  once(
    pairs.map((pair) => pair.before),
    before.length,
  );
  once(
    pairs.map((pair) => pair.after),
    after.length,
  );
  return count;
};

/** The most comparisons without a pause. */
function mostInOneStep(...lists: [Site[], Site[]]): number {
  let [count, most] = [0, 0];
  const judge = (was: SiteCard, is: SiteCard) => {
    count++;
    return judgeSites(was, is);
  };
  for (const _pause of pairSitesInSteps(...lists, { judge })) {
    most = Math.max(most, count);
    count = 0;
  }
  return Math.max(most, count);
}

/** Shapes whose entries are next to their partners when both lists are sorted. */
const sorted = ['renamed in one city', 'wholly other names in one city', 'mistyped in one city'];

describe('N6: comparisons grow in step with the lists', () => {
  it.each(Object.entries(shapes))('%s: 5,000 sites cost at most 30,000 comparisons', (_name, make) => {
    const [small, large] = [compared(...make(2500)), compared(...make(5000))];
    expect(large).toBeLessThanOrEqual(30_000);
    expect(large).toBeLessThanOrEqual(Math.max(2.5 * small, 10_000));
  });

  it.each(sorted)('%s: 5,000 sites cost at most 10,000 comparisons', (name) => {
    expect(compared(...(shapes[name]?.(5000) ?? [[], []]))).toBeLessThanOrEqual(10_000);
  });

  it.each(Object.entries(shapes))('%s: other work can run between a few comparisons', (_name, make) => {
    for (const count of [100, 1000]) expect(mostInOneStep(...make(count))).toBeLessThanOrEqual(100);
  });

  it('renamed sites are found again beside others that leave and come', () => {
    const [before, after] =
      shapes['renamed in one city, while others leave and come']?.(5000) ?? ([[], []] as [Site[], Site[]]);
    const nameAfter = (at: number) => after[at]?.facility.replace(', Department of Oncology', '');
    const listed = new Set(after.keys().map(nameAfter));
    const both = before.filter(({ facility }) => listed.has(facility)).length;
    const right = pairSites(before, after).filter(
      (pair) =>
        pair.before !== null &&
        pair.after !== null &&
        before[pair.before]?.facility === nameAfter(pair.after),
    );
    expect(right).toHaveLength(both);
  });

  it('what stayed, only changed its spelling, came or left costs none', () => {
    const sites = list(5000, city);
    expect(compared(sites, sites.toReversed())).toBe(0);
    expect(
      compared(
        sites,
        rename(sites, ({ facility }) => ({ facility: facility.toUpperCase() })),
      ),
    ).toBe(0);
    expect(compared(sites, [])).toBe(0);
    expect(compared(sites.slice(0, 1), sites)).toBe(0);
  });

  it('most of 5,000 renamed sites are found again', () => {
    for (const shape of [
      'renamed in many cities',
      'renamed in one city',
      'mistyped in one city',
      'masked in one city',
    ]) {
      const [before, after] = shapes[shape]?.(5000) ?? [[], []];
      const paired = pairSites(before, after).filter(({ kind }) => kind === 'paired');
      expect(paired.length, shape).toBeGreaterThan(4950);
    }
  });

  it('5,000 copies of one site that come are one line, and lead back to the record', () => {
    const none = someTrial({ sites: list(1, () => ({ facility: 'Nord Clinic', zip: '06351' })) });
    const copies = list(5000, () => ({ facility: 'Anna Hospital', zip: '05505' }));
    const full = someTrial({ sites: [...none.sites, ...copies] });
    const came = compareTrials(none, full);
    expect(came.changes.map(({ kind, site }) => `${kind} ${site?.facility}`)).toEqual([
      'site-added Anna Hospital',
    ]);
    expect(canonicalTrial(applyEdits(none, came.edits))).toEqual(canonicalTrial(full));
    expect(new Set(came.after.sites.map(({ ref }) => ref)).size).toBe(5001);
    expect(compareTrials(came.after, none).changes.map(({ kind }) => kind)).toEqual(['site-removed']);
  });
});

describe.skipIf(!hasMoreRecords)(
  'N6: the longest recorded list (needs ../shared/data/ctgov/more-records.ndjson.gz)',
  () => {
    it('renamed, misspelled and masked as a whole cost at most 15,000 comparisons', () => {
      const longest = readMoreTrials().toSorted((a, b) => b.sites.length - a.sites.length)[0]?.sites ?? [];
      expect(longest.length).toBeGreaterThan(700);
      const changes: ((site: Site, at: number) => Partial<Site>)[] = [
        ({ facility }) => ({ facility: `${facility}, Department of Oncology` }),
        ({ facility, city: town }) => ({
          facility: facility.replace(/[ae]/, ''),
          city: town.replace('o', 'oo'),
        }),
        () => ({ facility: 'Research Site', zip: '' }),
        (_site, at) => ({ facility: longest[(at * 7) % longest.length]?.facility ?? '' }),
      ];
      for (const change of changes)
        expect(compared(longest, rename(longest, change))).toBeLessThanOrEqual(15_000);
    });
  },
);
