import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/change.ts';
import { sameValue } from '../../../src/core/digests/net-places.ts';

describe('whether two values of a change are the same', () => {
  const same: [Json, Json][] = [
    [null, null],
    ['A', 'A'],
    [3, 3],
    [true, true],
    [[], []],
    [
      ['A', 'B'],
      ['A', 'B'],
    ],
    [{}, {}],
    [
      { date: '2026-07', type: null },
      { type: null, date: '2026-07' },
    ],
    [{ list: [{ a: 1 }] }, { list: [{ a: 1 }] }],
  ];
  const different: [Json, Json][] = [
    [null, 'A'],
    ['A', 'B'],
    [3, '3'],
    [true, false],
    [null, {}],
    [null, []],
    [[], {}],
    [{ 0: 'A' }, ['A']],
    ['A', ['A']],
    [['A'], ['A', 'B']],
    [
      ['A', 'B'],
      ['B', 'A'],
    ],
    [
      ['A', 'B'],
      ['A', 'C'],
    ],
    [['A', null], ['A']],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: null }, { b: null }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: { b: [1] } }, { a: { b: [2] } }],
  ];

  it.each(same)('D1: %j is %j', (one, other) => {
    expect(sameValue(one, other)).toBe(true);
  });

  it.each(different)('D1: %j is not %j, either way round', (one, other) => {
    expect(sameValue(one, other)).toBe(false);
    expect(sameValue(other, one)).toBe(false);
  });
});
