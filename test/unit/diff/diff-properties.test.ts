import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { applyEdits, canonicalTrial, compareTrials } from '../../../src/core/diff/diff.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { arbitraryNoise, arbitraryStep, arbitraryTrial } from '../../support/arbitrary-trial.ts';

const runs = Number(process.env.TRIALBELL_PROPERTY_RUNS ?? 10_000);
const noisy = arbitraryTrial().chain((trial) => fc.tuple(fc.constant(trial), arbitraryNoise(trial)));

type Compare = typeof compareTrials;
type Apply = typeof applyEdits;

const sameTellsNothing = (compare: Compare, canonical: typeof canonicalTrial) =>
  fc.property(noisy, ([trial, same]) => {
    const edits = [...compare(trial, trial).edits, ...compare(trial, same).edits];
    if (edits.length > 0) expect(edits).toEqual([]);
    expect(JSON.stringify(canonical(same))).toBe(JSON.stringify(canonical(trial)));
  });

const nothingIsLost = (compare: Compare, apply: Apply, steps = arbitraryStep) =>
  fc.property(steps, ({ before, after }) => {
    const { edits, changes, after: kept } = compare(before, after);
    const { unread } = after;
    const read = (trial: Trial) => canonicalTrial({ ...trial, unread });
    const refs = kept.sites.map((site) => site.ref);
    // One expectation for all: each of the thousands of runs pays for it. Canonical values have sorted keys.
    expect({
      applied: JSON.stringify(canonicalTrial(apply(before, edits))),
      read: JSON.stringify(read(kept)),
      withoutReason: edits.filter((edit) => edit.reason === '').length,
      changes: changes.length,
      withoutRef: refs.filter((ref) => ref === null).length,
      distinctRefs: new Set(refs).size,
    }).toEqual({
      applied: JSON.stringify(canonicalTrial(kept)),
      read: JSON.stringify(read(after)),
      withoutReason: 0,
      changes: edits.filter((edit) => edit.fate === 'told').length,
      withoutRef: 0,
      distinctRefs: refs.length,
    });
  });

const there = { numRuns: runs, endOnFailure: true };
/** The seed makes the broken ones fail for sure, whatever the number of runs. */
const broken = { numRuns: 500, seed: 42, endOnFailure: true };

describe('comparing any two trials', () => {
  it('C1: the same trial in another order, spacing and Unicode form changes nothing', () => {
    fc.assert(sameTellsNothing(compareTrials, canonicalTrial), there);
  });

  it('C1: a comparison by index fails the same property', () => {
    const byIndex: Compare = (before, after) => {
      const moved = after.sites.some((site, at) => site.facility !== before.sites[at]?.facility);
      const found = compareTrials(before, after);
      const edit = { fate: 'silent' as const, reason: 'x', change: null };
      return moved ? { ...found, edits: [{ ...edit, field: 'title', before: '', after: '' }] } : found;
    };
    expect(() => fc.assert(sameTellsNothing(byIndex, canonicalTrial), broken)).toThrow();
  });

  it('C2: all edits together turn the old trial into the new one', () => {
    fc.assert(nothingIsLost(compareTrials, applyEdits), there);
  });

  it('C2: losing the silent edits fails the same property', () => {
    const forgetful: Compare = (before, after) => {
      const found = compareTrials(before, after);
      return { ...found, edits: found.edits.filter((edit) => edit.fate !== 'silent') };
    };
    expect(() => fc.assert(nothingIsLost(forgetful, applyEdits), broken)).toThrow();
  });

  it('C2: one of two identical twins lost fails the same property', () => {
    const asSet: Compare = (before, after) => {
      const seen = new Set<string>();
      const unique = after.sites.filter((site) => {
        const key = JSON.stringify({ ...site, ref: null });
        return !seen.has(key) && seen.add(key);
      });
      return compareTrials(before, { ...after, sites: unique });
    };
    const twins = arbitraryStep.map(({ before, after }) => ({
      before,
      after: { ...after, sites: [...after.sites, ...after.sites] },
    }));
    fc.assert(nothingIsLost(compareTrials, applyEdits, twins), { ...broken, numRuns: 200 });
    expect(() => fc.assert(nothingIsLost(asSet, applyEdits, twins), { ...broken, numRuns: 200 })).toThrow();
  });

  it('C6: there and back again are two comparisons that mirror each other', () => {
    fc.assert(
      fc.property(arbitraryStep, ({ before, after }) => {
        const forth = compareTrials(before, { ...after, unread: [] });
        const back = compareTrials(forth.after, before);
        expect(canonicalTrial(back.after)).toEqual(canonicalTrial(before));
        const key = (change: Change) => `${change.kind} ${change.record ?? typeof change.before}`;
        const plain = (changes: Change[]) =>
          changes.filter((change) => change.facet !== 'sites' && change.facet !== 'countries');
        const first = new Map(plain(forth.changes).map((change) => [key(change), change.before]));
        for (const change of plain(back.changes)) {
          if (first.has(key(change))) expect(change.after).toEqual(first.get(key(change)));
        }
      }),
      { numRuns: Math.min(runs, 1000) },
    );
  });
});
