import { describe, expect, it } from 'vitest';
import { isAnotherTrial } from '../../../src/core/identity.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';
import { hasVersions, readRealPairs } from '../../support/real-pairs.ts';
import { hasRecords, readRecordedTrials } from '../../support/recorded-trials.ts';

describe('a record that became another trial', () => {
  it.skipIf(!hasVersions)('N5: no real trial ever did, from its first version to its last', () => {
    const pairs = readRealPairs();
    expect(pairs.length).toBeGreaterThan(30);
    expect(pairs.filter(({ before, after }) => isAnotherTrial(before, after))).toEqual([]);
  });

  it.skipIf(!hasRecords)('N5: nearly any two real trials are told apart, of one sponsor too', () => {
    const trials = readRecordedTrials();
    const pairs = trials.flatMap((before, at) =>
      [1, 7, 31].flatMap((step) => {
        const after = trials[(at + step) % trials.length];
        return after ? [{ before, after: { ...after, id: before.id } }] : [];
      }),
    );
    const found = pairs.filter(({ before, after }) => isAnotherTrial(before, after));
    expect(pairs.length).toBeGreaterThan(500);
    expect(found.length / pairs.length).toBeGreaterThan(0.97);
  });

  it('N5: a new title alone, or a new sponsor and list of sites under the old title, is the same trial', () => {
    const before = someTrial();
    const renamed: Trial = { ...before, title: 'Something Entirely Different Altogether' };
    const sold: Trial = {
      ...before,
      sponsor: { name: 'Quite Another Company', class: 'INDUSTRY' },
      sites: [],
    };
    expect(isAnotherTrial(before, renamed)).toBe(false);
    expect(isAnotherTrial(before, sold)).toBe(false);
    expect(isAnotherTrial(before, { ...before, title: '', unread: ['title'] })).toBe(false);
  });
});
