import { describe, expect, it } from 'vitest';
import { cacheByCost } from '../../../src/db/catalog/cost-cache.ts';
import { openPageMemory } from '../../../src/web/http/page-cache.ts';

describe('pages kept in memory', () => {
  const counting = () => {
    let made = 0;
    return async () => ++made;
  };

  it('are made once while the stamp stays, and anew when it moved', async () => {
    const memory = openPageMemory<number>(3);
    const make = counting();
    const both = await Promise.all([memory.get('a', '1', make), memory.get('a', '1', make)]);
    expect(both).toEqual([1, 1]);
    expect(await memory.get('a', '2', make)).toBe(2);
    expect(await memory.get('a', '2', make)).toBe(2);
  });

  it('are limited in number: those used last stay', async () => {
    const memory = openPageMemory<number>(2);
    const make = counting();
    await memory.get('a', '1', make);
    await memory.get('b', '1', make);
    await memory.get('a', '1', make);
    await memory.get('c', '1', make);
    expect(await memory.get('a', '1', make)).toBe(1);
    expect(await memory.get('b', '1', make)).toBe(4);
  });

  it('are tried again when they failed', async () => {
    const memory = openPageMemory<number>(2);
    await expect(memory.get('a', '1', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await memory.get('a', '1', async () => 7)).toBe(7);
  });
});

describe('an answer kept by its cost', () => {
  it('is asked for once by many at a time, and anew after a failure', async () => {
    let asked = 0;
    const remembered = cacheByCost(async () => {
      asked++;
      if (asked === 1) throw new Error('away');
      return asked;
    });
    await expect(remembered.get()).rejects.toThrow('away');
    expect(await Promise.all([remembered.get(), remembered.get(), remembered.renew()])).toEqual([2, 2, 2]);
  });

  it('is not renewed at once when it was dear', async () => {
    let asked = 0;
    const remembered = cacheByCost(async () => {
      const until = performance.now() + 60;
      while (performance.now() < until);
      return ++asked;
    });
    expect(await remembered.get()).toBe(1);
    expect(await remembered.renew()).toBe(1);
  });
});
