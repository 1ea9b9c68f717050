import { describe, expect, it } from 'vitest';
import { immediateAt, nextDueAt } from '../../../src/core/schedule.ts';

describe('D7: digests at the edges of their rules', () => {
  it('a digest twelve hours after the last is not too early, one a minute before that is', () => {
    const daily = {
      frequency: 'daily',
      weekday: 1,
      hour: 20,
      timezone: 'UTC',
      after: '2026-11-20T09:00:00.000Z',
    } as const;
    expect(nextDueAt({ ...daily, lastSentAt: '2026-11-20T08:00:00.000Z' })).toBe('2026-11-20T20:00:00.000Z');
    expect(nextDueAt({ ...daily, lastSentAt: '2026-11-20T08:01:00.000Z' })).toBe('2026-11-21T20:00:00.000Z');
  });

  it('D12: a change released in the night before a day that does not exist waits for the next existing day', () => {
    // Samoa had no 30 December 2011.
    expect(immediateAt('2011-12-30T08:00:00.000Z', 'Pacific/Apia', true)).toBe('2011-12-30T18:00:00.000Z');
  });
});
