import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import type { PartialDate, Trial } from '../../../src/core/trial.ts';
import { nextTurn, statusOn } from '../../../src/registries/isrctn/dated-status.ts';
import { isrctnTrial } from '../../support/isrctn-trial.ts';

const day = (from: string, days: number) => Temporal.PlainDate.from(from).add({ days }).toString();

describe('X3: a status that follows from dates', () => {
  const trial = isrctnTrial({ start: '2026-05-01', end: '2026-11-30', finish: '2027-06-30' });

  it.each([
    ['2026-04-30', 'NOT_YET_RECRUITING'],
    ['2026-05-01', 'RECRUITING'],
    ['2026-11-30', 'RECRUITING'],
    ['2026-12-01', 'ACTIVE_NOT_RECRUITING'],
    ['2027-06-30', 'ACTIVE_NOT_RECRUITING'],
    ['2027-07-01', 'COMPLETED'],
  ])('X3: on %s it is %s', (on, status) => {
    expect(statusOn(trial, on).status).toBe(status);
  });

  it('X3: only a day of the future is an estimate', () => {
    expect(statusOn(trial, '2026-11-30')).toMatchObject({
      startDate: { type: null },
      recruitmentEnd: { type: 'ESTIMATED' },
      completionDate: { type: 'ESTIMATED' },
    });
    expect(statusOn(trial, '2026-12-01').recruitmentEnd?.type).toBe(null);
  });

  it('X3: a word above the dates stays, and a record without an end recruits on', () => {
    const stopped = isrctnTrial({ override: 'Stopped' });
    expect(statusOn(stopped, '2030-01-01').status).toBe('TERMINATED');
    expect(nextTurn(stopped, '2026-01-01')).toBe(null);
    expect(statusOn(isrctnTrial({ end: null }), '2050-01-01').status).toBe('RECRUITING');
  });

  it('X3: nothing changes between two turns, and something does at each', () => {
    const days = fc.integer({ min: 0, max: 900 }).map((after) => day('2026-01-01', after));
    const date = days.map((on): PartialDate => ({ date: on, precision: 'day', type: null }));
    const some = fc.record({
      recruitmentStart: date,
      recruitmentEnd: fc.option(date),
      completionDate: fc.option(date),
    });
    fc.assert(
      fc.property(some, days, (dates, on) => {
        const read: Trial = { ...trial, startDate: null, ...dates };
        const turn = nextTurn(read, on);
        const last = turn === null ? '2040-01-01' : day(turn, -1);
        expect(statusOn(read, last)).toEqual(statusOn(read, on));
        if (turn !== null) expect(statusOn(read, turn)).not.toEqual(statusOn(read, on));
      }),
      { numRuns: 300 },
    );
  });

  it('X3: a turn of the calendar is a change of the status alone', () => {
    const { changes } = compareTrials(statusOn(trial, '2026-11-30'), statusOn(trial, '2026-12-01'));
    expect(changes).toMatchObject([
      { facet: 'status', before: 'RECRUITING', after: 'ACTIVE_NOT_RECRUITING' },
    ]);
  });
});
