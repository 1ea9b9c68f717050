import { describe, expect, it } from 'vitest';
import { dateShift, findDateFault } from '../../../src/core/dates.ts';
import type { PartialDate } from '../../../src/core/trial.ts';

type Type = PartialDate['type'];
const on = (date: string, type: Type = 'ESTIMATED'): PartialDate => {
  const precision = date.length === 4 ? 'year' : date.length === 7 ? 'month' : 'day';
  return { date, precision, type };
};

describe('C5: date, precision and type are compared apart', () => {
  const cases: [string, PartialDate | null, PartialDate | null, object][] = [
    [
      'a slip says direction and size',
      on('2026-07-31'),
      on('2026-10-31'),
      { direction: 'later', months: 3, days: 92 },
    ],
    [
      'a slip back',
      on('2030-02-14'),
      on('2030-01-17'),
      { kind: 'slip', direction: 'earlier', months: 1, days: 28 },
    ],
    ['months without days', on('2026-07'), on('2027-09'), { kind: 'slip', direction: 'later', months: 14 }],
    [
      'a day against a month',
      on('2025-02'),
      on('2025-04-11', 'ACTUAL'),
      { kind: 'slip', months: 2, confirmed: true },
    ],
    ['years alone', on('2026'), on('2028-03'), { kind: 'slip', direction: 'later', months: 24 }],
    ['half a year', on('2026-01-15'), on('2026-07-15'), { kind: 'slip', months: 6, days: 181 }],
    ['a day is named within the month', on('2026-07'), on('2026-07-31'), { kind: 'refined' }],
    ['a day is dropped', on('2026-07-31'), on('2026-07'), { kind: 'refined' }],
    ['a type appears', on('2026-07', null), on('2026-07', 'ESTIMATED'), { kind: 'refined' }],
    [
      'estimated to actual',
      on('2025-11-02'),
      on('2025-11-02', 'ACTUAL'),
      { kind: 'confirmed', confirmed: true },
    ],
    ['estimated month to actual day', on('2025-11'), on('2025-11-02', 'ACTUAL'), { kind: 'confirmed' }],
    ['actual back to estimated', on('2025-11-02', 'ACTUAL'), on('2025-11-02'), { kind: 'unconfirmed' }],
    [
      'reopened',
      on('2021-05-01', 'ACTUAL'),
      on('2027-05-01'),
      { kind: 'slip', direction: 'later', months: 72 },
    ],
    ['set', null, on('2027-01', 'ACTUAL'), { kind: 'set', confirmed: true }],
    ['cleared', on('2027-01'), null, { kind: 'cleared' }],
    ['nothing on both sides', null, null, { kind: 'same' }],
    ['the same', on('2027-01'), on('2027-01'), { kind: 'same' }],
  ];

  it.each(cases)('%s', (_name, before, after, expected) => {
    expect(dateShift(before, after)).toMatchObject(expected);
  });

  it('a correction of an actual date is not told as becoming actual', () => {
    expect(dateShift(on('2025-11-02', 'ACTUAL'), on('2024-11-11', 'ACTUAL'))).not.toHaveProperty('confirmed');
  });

  it('months without days have no days', () => {
    expect(dateShift(on('2026-07'), on('2027-09-30'))).not.toHaveProperty('days');
  });
});

describe('dates that cannot be right are never a slip of a century', () => {
  it.each([
    ['1900 comes', on('2025-01'), on('1900-01'), { fault: 'too-early', side: 'after' }],
    ['1900 is repaired', on('1900-01'), on('2025-01'), { fault: 'too-early', side: 'before' }],
    ['2099 comes', on('2030-01-01'), on('2099-01-01'), { fault: 'too-late', side: 'after' }],
    ['2099 is repaired', on('2099-01-01'), on('2030-01-01'), { fault: 'too-late', side: 'before' }],
    ['2099 is set', null, on('2099-01-01'), { fault: 'too-late', side: 'after' }],
  ])('%s', (_name, before, after, expected) => {
    const shift = dateShift(before, after);
    expect(shift).toMatchObject({ kind: 'implausible', ...expected });
    expect(shift).not.toHaveProperty('months');
  });

  it('a completion before the start is seen, as far as both are precise', () => {
    expect(dateShift(on('2027-01'), on('2024-12'), on('2025-01-10'))).toMatchObject({
      fault: 'before-start',
    });
    expect(findDateFault(on('2025-01'), on('2025-01-10'))).toBeNull();
    expect(findDateFault(on('2025'), on('2025-01-10'))).toBeNull();
    expect(findDateFault(on('2024-12'), on('2099-01'))).toBeNull();
  });

  it('the bounds are 1940 and 2080', () => {
    expect(findDateFault(on('1939-12'))).toBe('too-early');
    expect(findDateFault(on('1940'))).toBeNull();
    expect(findDateFault(on('2080-12'))).toBeNull();
    expect(findDateFault(on('2081'))).toBe('too-late');
  });
});
