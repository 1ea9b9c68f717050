import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPairs, type PairCandidate } from '../../../src/core/sites/assign.ts';
import { editSimilarity, wordSimilarity } from '../../../src/core/sites/similarity.ts';
import { editDistance } from '../../../src/core/text/edit-distance.ts';

/** The least cost by trying everything; an entry left alone on the shorter side costs 1. */
function leastCost(candidates: PairCandidate[], rows: number, columns: number): number {
  const costOf = new Map(candidates.map(({ row, column, cost }) => [`${row} ${column}`, cost]));
  const best = (row: number, used: number[]): number => {
    if (row === rows) return 0;
    let least = best(row + 1, used) + 1;
    for (let column = 0; column < columns; column++) {
      const cost = costOf.get(`${row} ${column}`);
      if (cost === undefined || used.includes(column)) continue;
      least = Math.min(least, cost + best(row + 1, [...used, column]));
    }
    return least;
  };
  return best(0, []);
}

const size = 5;
const matrix = fc
  .array(fc.option(fc.integer({ min: 1, max: 99 })), { minLength: size * size, maxLength: size * size })
  .map((costs) =>
    costs.flatMap((cost, at): PairCandidate[] =>
      cost === null ? [] : [{ row: Math.floor(at / size), column: at % size, cost: cost / 100 }],
    ),
  );

const isOptimal = (assign: (candidates: PairCandidate[]) => PairCandidate[]) =>
  fc.property(matrix, (candidates) => {
    const chosen = assign(candidates);
    expect(new Set(chosen.map(({ row }) => row)).size).toBe(chosen.length);
    expect(new Set(chosen.map(({ column }) => column)).size).toBe(chosen.length);
    for (const pair of chosen) expect(candidates).toContain(pair);
    const cost = chosen.reduce((sum, pair) => sum + pair.cost, 0) + (size - chosen.length);
    expect(cost).toBeCloseTo(leastCost(candidates, size, size), 6);
  });

describe('C3: the assignment', () => {
  const runs = Math.min(Number(process.env.TRIALBELL_PROPERTY_RUNS ?? 500), 500);

  it('is the cheapest there is', () => {
    fc.assert(isOptimal(assignPairs), { numRuns: runs });
  });

  it('taking the cheapest pair first fails the same property', () => {
    const greedy = (candidates: PairCandidate[]) => {
      const chosen: PairCandidate[] = [];
      for (const pair of candidates.toSorted((a, b) => a.cost - b.cost)) {
        if (chosen.every(({ row, column }) => row !== pair.row && column !== pair.column)) chosen.push(pair);
      }
      return chosen;
    };
    expect(() => fc.assert(isOptimal(greedy), { numRuns: 500, seed: 1, endOnFailure: true })).toThrow();
  });

  it('takes nothing from nothing and one from one', () => {
    expect(assignPairs([])).toEqual([]);
    const only = { row: 3, column: 7, cost: 0.4 };
    expect(assignPairs([only])).toEqual([only]);
  });
});

describe('likeness', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'abd', 1],
    ['abc', 'ab', 1],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ])('from %j to %j are %i edits', (a, b, edits) => {
    expect(editDistance(a, b, 9)).toBe(edits);
    expect(editDistance(b, a, 9)).toBe(edits);
  });

  it('of letters is between 0 and 1', () => {
    expect(editSimilarity('', '')).toBe(1);
    expect(editSimilarity('abcd', 'abce')).toBe(0.75);
    expect(editSimilarity('abc', 'xyz')).toBe(0);
  });

  it('of words: equal 1, inside nearly 1, two of a kind little, none 0', () => {
    const local = new Set(['seoul']);
    const like = (a: string, b: string) =>
      wordSimilarity({ tokens: a.split(' '), local }, { tokens: b.split(' '), local });
    expect(like('anna hospital', 'anna hospital')).toBe(1);
    expect(like('anna hospital', 'department anna hospital')).toBeGreaterThan(0.85);
    expect(like('asan medical center', 'samsung medical center')).toBeLessThan(0.4);
    expect(like('seoul general', 'seoul cancer')).toBeLessThan(0.3);
    expect(like('anna neurology', 'anna oncology')).toBeLessThan(0.65);
    expect(wordSimilarity({ tokens: [], local }, { tokens: ['anna'], local })).toBe(0);
  });
});
