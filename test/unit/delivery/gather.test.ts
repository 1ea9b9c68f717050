import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { batchCalls } from '../../../src/db/delivery/batch-calls.ts';

describe('calls that share a statement', () => {
  it('go together while one is under way, each with its own answer, at most so many', async () => {
    const batches: number[] = [];
    const double = batchCalls(async (items: number[]) => {
      batches.push(items.length);
      await sleep(5);
      return items.map((item) => item * 2);
    }, 4);
    const first = double(1);
    await sleep(2);
    const rest = [2, 3, 4, 5, 6, 7].map(double);
    expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(batches).toEqual([1, 4, 2]);
    expect(await double(8)).toBe(16);
  });

  it('R6: one that fails fails alone', async () => {
    const invert = batchCalls(async (items: number[]) => {
      if (items.includes(0)) throw new Error('no inverse');
      return items.map((item) => 1 / item);
    }, 10);
    const answers = await Promise.allSettled([1, 0, 2].map(invert));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[2]).toMatchObject({ value: 0.5 });
  });
});
