import { describe, expect, it } from 'vitest';
import { pairSites } from '../../../src/core/sites/pair.ts';
import { hasRecords, readRecordedTrials } from '../../support/recorded-trials.ts';
import { makeSiteCases } from '../../support/site-cases.ts';
import { countCases, formatTable } from '../../support/site-confusion.ts';

const title =
  'hard sites made from the recorded ones (needs ../shared/data/ctgov/records beside the project)';

describe.skipIf(!hasRecords)(title, () => {
  it('C3: arrivals and departures are right in 0.99 of at least 500 cases', () => {
    const cases = makeSiteCases(readRecordedTrials(), 40, 20260203);
    const counts = countCases(cases, pairSites);
    console.info(formatTable(counts));
    expect(cases.length).toBeGreaterThanOrEqual(500);
    for (const verdict of ['arrived', 'gone'] as const) {
      expect(counts.precision(verdict).share).toBeGreaterThanOrEqual(0.99);
      expect(counts.recall(verdict).share).toBeGreaterThanOrEqual(0.99);
    }
    expect(counts.wrongTwins).toBe(0);
  });

  it('C3: pairing by name alone fails the same measure', () => {
    const byName: typeof pairSites = (before, after) => {
      const left = [...after.keys()];
      const pairs = before.map((site, index) => {
        const at = left.find((other) => after[other]?.facility === site.facility);
        if (at === undefined) return { kind: 'gone' as const, before: index, after: null, phrase: '' };
        left.splice(left.indexOf(at), 1);
        return { kind: 'paired' as const, before: index, after: at, phrase: '' };
      });
      return [
        ...pairs,
        ...left.map((at) => ({ kind: 'arrived' as const, before: null, after: at, phrase: '' })),
      ];
    };
    const counts = countCases(makeSiteCases(readRecordedTrials(), 10, 7), byName);
    expect(counts.precision('arrived').share).toBeLessThan(0.9);
  });
});
