import { describe, expect, it } from 'vitest';
import { weekdayHoursBetween } from '../../../src/core/age.ts';

describe('how old data are, counted in weekday hours', () => {
  it.each([
    ['the same instant', '2026-11-18T09:00:00Z', '2026-11-18T09:00:00Z', 0],
    ['within one day', '2026-11-18T09:00:00Z', '2026-11-18T15:30:00Z', 6.5],
    ['over midnight', '2026-11-17T22:00:00Z', '2026-11-18T01:00:00Z', 3],
    ['two whole days', '2026-11-17T09:00:00Z', '2026-11-19T09:00:00Z', 48],
    ['Friday to Monday', '2026-11-20T09:00:00Z', '2026-11-23T09:00:00Z', 24],
    ['from a Saturday', '2026-11-21T09:00:00Z', '2026-11-23T02:00:00Z', 2],
    ['to a Sunday', '2026-11-20T20:00:00Z', '2026-11-22T23:00:00Z', 4],
    ['a weekend alone', '2026-11-21T00:00:00Z', '2026-11-23T00:00:00Z', 0],
    ['a whole week', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z', 120],
    ['backwards', '2026-11-19T09:00:00Z', '2026-11-17T09:00:00Z', 0],
  ])('R9: %s', (_what, earlier, later, hours) => {
    expect(weekdayHoursBetween(earlier, later)).toBe(hours);
  });
});
