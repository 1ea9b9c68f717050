import { describe, expect, it } from 'vitest';
import { type LinkFacts, linkKeys } from '../../../src/core/links/link-facts.ts';
import { linkOf } from '../../../src/core/links/same-trial.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { hasCtis, readCtis, readCtisFile } from '../../support/ctis.ts';
import { hasMoreRecords, readMoreTrials, readRecordedTrials } from '../../support/recorded-trials.ts';

const euNumber = /NCT\d{8}|20\d\d-\d{6}-\d\d/;

/** Each record as a second registry would hold it: all the same, but neither its number nor one of a register. */
function elsewhere(trials: readonly Trial[]): LinkFacts[] {
  return trials.map((trial, at) => ({
    ...trial,
    registry: 'isrctn',
    id: `ISRCTN7${String(at).padStart(7, '0')}`,
    aliases: [],
    secondaryIds: trial.secondaryIds.filter(({ id }) => !euNumber.test(id)),
  }));
}

function readRows(): Trial[] {
  return [1, 2, 3].flatMap((page) => {
    const { data } = readCtisFile(`search/ms-2025-09-24.page${page}.json`) as { data: unknown[] };
    return data.map(readCtis);
  });
}

describe.skipIf(!hasMoreRecords || !hasCtis)('different trials among all recorded records', () => {
  const trials = [...readRecordedTrials(), ...readMoreTrials(), ...readRows()];
  const copies = elsewhere(trials);

  it('X8: none of 780,000 pairs is taken for one trial, but for one that its sponsor registered twice', () => {
    // Records that share no key are never compared, and `linkOf` joins none of them.
    const copiesByKey = new Map<string, number[]>();
    for (const [at, copy] of copies.entries())
      for (const key of linkKeys(copy)) copiesByKey.set(key, [...(copiesByKey.get(key) ?? []), at]);
    const linked = new Set<string>();
    const compared = new Set<string>();
    for (const [at, trial] of trials.entries())
      for (const key of linkKeys(trial))
        for (const other of copiesByKey.get(key) ?? []) {
          const [copy, twin] = [copies[other], trials[other]];
          if (!copy || !twin || other <= at || twin.id === trial.id) continue;
          compared.add(`${trial.id} ${twin.id}`);
          if (linkOf(trial, copy)?.same) linked.add(`${trial.id} ${twin.id}`);
        }
    expect(trials.length).toBeGreaterThan(1_200);
    expect([...linked]).toEqual(['NCT03694327 NCT05440721']);
    expect(compared.size).toBeGreaterThan(0);
  });
});
