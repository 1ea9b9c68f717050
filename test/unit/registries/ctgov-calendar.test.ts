import { describe, expect, it } from 'vitest';
import type { Trial } from '../../../src/core/trial.ts';
import { isUnknownByCalendar } from '../../../src/registries/ctgov/calendar.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';

/** As NCT05294952 was: last confirmed in February 2024, to be completed in November 2025. */
const open = someTrial({
  status: 'NOT_YET_RECRUITING',
  verifiedOn: '2024-02',
  completionDate: { date: '2025-11-04', precision: 'day', type: 'ESTIMATED' },
});
const unknown = (parts: Partial<Trial> = {}): Trial => ({ ...open, status: 'UNKNOWN', ...parts });

describe('UNKNOWN by the calendar', () => {
  it('C14: comes with the month after two years without confirmation, as of NCT05294952', () => {
    expect(isUnknownByCalendar(open, unknown(), '2026-02-28')).toBe(false);
    expect(isUnknownByCalendar(open, unknown(), '2026-03-02')).toBe(true);
    expect(isUnknownByCalendar(open, unknown(), '2027-01-04')).toBe(true);
  });

  it('C14: counts the months of a date with a day too', () => {
    expect(isUnknownByCalendar(open, unknown({ verifiedOn: '2024-02-29' }), '2026-03-02')).toBe(true);
    expect(isUnknownByCalendar(open, unknown({ verifiedOn: '2024-12-31' }), '2026-12-31')).toBe(false);
    expect(isUnknownByCalendar(open, unknown({ verifiedOn: '2024-12-31' }), '2027-01-04')).toBe(true);
  });

  it.each([
    ['RECRUITING', true],
    ['NOT_YET_RECRUITING', true],
    ['ACTIVE_NOT_RECRUITING', true],
    ['ENROLLING_BY_INVITATION', true],
    ['SUSPENDED', false],
    ['COMPLETED', false],
    ['AVAILABLE', false],
    ['UNKNOWN', false],
  ] as const)('C14: a trial that was %s: %s', (status, expected) => {
    expect(isUnknownByCalendar({ ...open, status }, unknown(), '2026-03-02')).toBe(expected);
  });

  it('C14: not before the completion date, nor for a record that was never confirmed, nor any other status', () => {
    const later = unknown({ completionDate: { date: '2026-03-03', precision: 'day', type: 'ESTIMATED' } });
    expect(isUnknownByCalendar(open, later, '2026-03-02')).toBe(false);
    expect(isUnknownByCalendar(open, later, '2026-03-03')).toBe(true);
    const primary = { date: '2026-04', precision: 'month', type: 'ESTIMATED' } as const;
    const onlyPrimary = unknown({ completionDate: null, primaryCompletionDate: primary });
    expect(isUnknownByCalendar(open, onlyPrimary, '2026-03-31')).toBe(false);
    expect(isUnknownByCalendar(open, onlyPrimary, '2026-04-01')).toBe(true);
    const undated = unknown({ completionDate: null, primaryCompletionDate: null });
    expect(isUnknownByCalendar(open, undated, '2026-03-02')).toBe(true);
    expect(isUnknownByCalendar(open, unknown({ verifiedOn: null }), '2026-03-02')).toBe(false);
    expect(isUnknownByCalendar(open, { ...open, status: 'COMPLETED' }, '2026-03-02')).toBe(false);
  });
});
