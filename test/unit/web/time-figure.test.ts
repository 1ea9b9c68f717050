import { describe, expect, it } from 'vitest';
import type { PartialDate } from '../../../src/core/trial.ts';
import { timeFigure } from '../../../src/web/catalog/time/time-figure.ts';

const date = (day: string): PartialDate => ({ date: day, precision: 'day', type: 'ESTIMATED' });
const unwatched = 'not watched';
const drawn = (start: string, end: string) =>
  timeFigure(
    [{ status: 'RECRUITING', from: '2026-11-02T09:00:00Z', to: '2026-12-01T09:00:00Z', isSeen: false }],
    [
      { label: 'start', date: date(start), before: null },
      { label: 'end', date: date(end), before: null },
    ],
    { now: '2026-12-01T09:00:00Z', unwatched },
  );

describe('the figure of a trial’s status and dates', () => {
  it('names the time before the first reading inside its bar, and not where the words would not fit', () => {
    expect(drawn('2024-02-01', '2028-03-01')?.unwatched?.label).toBe(unwatched);
    expect(drawn('2026-02-01', '2036-03-01')?.unwatched?.label).toBe('');
    expect(drawn('2026-11-03', '2026-12-24')?.unwatched?.label).toBe(unwatched);
  });
});
