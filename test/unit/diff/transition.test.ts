import { describe, expect, it } from 'vitest';
import { isUsualCount, readTransition } from '../../../src/core/diff/transition.ts';

describe('a transition', () => {
  it.each([
    ['status.status.RECRUITING.UNKNOWN', 'status', 'status', 'RECRUITING', 'UNKNOWN'],
    ['countries.country-status..RECRUITING', 'countries', 'country-status', null, 'RECRUITING'],
    ['dates.completion-date..', 'dates', 'completion-date', null, null],
  ])('C12: %s is read as what it says', (text, facet, kind, before, after) => {
    expect(readTransition(text)).toEqual({ facet, kind, before, after });
  });

  it.each([
    '',
    'status',
    'status.status.',
    'x.status.A.B',
    'status.<b>..',
    'status.status.A.B',
    'status.status.A.B.C',
    'all',
  ])('C12: “%s” is none', (text) => expect(readTransition(text)).toBeNull());
});

it.each([
  [3, 3, 20, true],
  [6, 3, 20, true],
  [7, 3, 20, false],
  [1, 0, 100, false],
  [3, 3, 19, false],
])('C12: %i trials where %i are usual in %i runs: usual is %s', (trials, usual, runs, expected) => {
  expect(isUsualCount(trials, { usual, runs })).toBe(expected);
});
