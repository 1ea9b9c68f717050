import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import {
  type EstimateChoice,
  type EstimatedChange,
  estimateMails,
} from '../../../src/core/digests/estimate.ts';

const asthma = 'concept:D001249';
const trialTopic = (n: number) => `trial:ctgov:NCT0000000${n}`;
const trialChoice = (n: number, more: Partial<EstimateChoice> = {}): EstimateChoice => ({
  kind: 'trial',
  topics: [trialTopic(n)],
  facets: ['status', 'dates'],
  filters: {},
  frequency: 'daily',
  ...more,
});
const conditionChoice = (more: Partial<EstimateChoice> = {}): EstimateChoice => ({
  kind: 'condition',
  topics: [asthma],
  facets: ['status', 'registration'],
  filters: {},
  frequency: 'weekly',
  ...more,
});
const status = (before: string, after: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
});
const november = (day: number, hour = 10) => `2026-11-${String(day).padStart(2, '0')}T${hour}:00:00.000Z`;

let position = 0;
const released = (
  n: number,
  day: number,
  change: Change,
  more: Partial<EstimatedChange> = {},
): EstimatedChange => ({
  trialId: n,
  position: ++position,
  change,
  topics: [trialTopic(n), asthma],
  otherTopics: null,
  releasedAt: november(day),
  ...more,
});

function estimate(choices: EstimateChoice[], changes: EstimatedChange[], more: object = {}) {
  const trials = new Map();
  return estimateMails({
    choices,
    changes,
    trials,
    hour: 9,
    timezone: 'UTC',
    since: november(1),
    now: november(30),
    ...more,
  });
}

describe('an estimate', () => {
  it('counts a mail a due time and each trial once', () => {
    const changes = [
      released(1, 2, status('RECRUITING', 'SUSPENDED')),
      released(2, 2, status('RECRUITING', 'COMPLETED')),
      released(1, 9, status('SUSPENDED', 'RECRUITING')),
    ];
    expect(estimate([trialChoice(1), trialChoice(2)], changes)).toMatchObject({
      mails: 2,
      trials: 2,
      days: 29,
    });
  });

  it('D1: what cancels out within one mail makes none', () => {
    const there = released(1, 3, status('RECRUITING', 'SUSPENDED'));
    const back = released(1, 5, status('SUSPENDED', 'RECRUITING'));
    expect(estimate([conditionChoice()], [there, back])).toMatchObject({ mails: 0, trials: 0 });
    expect(estimate([trialChoice(1)], [there, back])).toMatchObject({ mails: 2, trials: 1 });
  });

  it('D1: a change reached by two choices is told once, by the one that is due first', () => {
    const changes = [released(1, 3, status('RECRUITING', 'SUSPENDED'))];
    expect(estimate([trialChoice(1), conditionChoice()], changes)).toMatchObject({ mails: 1, trials: 1 });
  });

  it('counts for a condition neither what is UNKNOWN by age, nor removals, nor what it is not asked for', () => {
    const changes = [
      released(1, 3, status('RECRUITING', 'UNKNOWN')),
      released(1, 4, { facet: 'registration', kind: 'removed', before: null, after: null }),
      released(1, 5, { facet: 'dates', kind: 'start-date', before: null, after: null }),
      released(
        2,
        5,
        { facet: 'registration', kind: 'entered', before: null, after: null },
        { otherTopics: [asthma] },
      ),
    ];
    expect(estimate([conditionChoice()], changes)).toMatchObject({ mails: 0 });
    expect(estimate([trialChoice(1)], changes)).toMatchObject({ mails: 3 });
  });

  it('M3: tests the present trial against the filters; unknown facts pass', () => {
    const site = { country: 'Norway', lat: null, lon: null };
    const trial = {
      status: 'RECRUITING',
      lastKnownStatus: null,
      minimumAge: null,
      maximumAge: null,
      sex: null,
      studyType: null,
      phases: [],
      sites: [site],
      countries: [],
      ageGroups: [],
    };
    const changes = [
      released(1, 3, status('NOT_YET_RECRUITING', 'RECRUITING')),
      released(2, 3, status('NOT_YET_RECRUITING', 'RECRUITING')),
    ];
    const count = (country: string) =>
      estimate([conditionChoice({ filters: { country } })], changes, { trials: new Map([[1, trial]]) })
        .trials;
    expect([count('Norway'), count('Chad')]).toEqual([2, 1]);
  });

  it('M1c: trials a week are worked out for the time there is, at least a day', () => {
    const changes = [1, 2, 3].map((n) => released(n, 29, status('RECRUITING', 'COMPLETED')));
    expect(estimate([conditionChoice()], changes, { since: november(23) }).trialsAWeek).toBeCloseTo(3);
    expect(estimate([conditionChoice()], changes, { since: '2026-11-30T08:00:00.000Z' }).trialsAWeek).toBe(
      21,
    );
  });

  const arbitraryChanges = fc.array(
    fc.record({
      n: fc.integer({ min: 1, max: 4 }),
      day: fc.integer({ min: 1, max: 29 }),
      to: fc.constantFrom('RECRUITING', 'SUSPENDED', 'COMPLETED'),
    }),
    { maxLength: 25 },
  );
  type Estimating = typeof estimate;
  const holds = (estimating: Estimating) =>
    fc.assert(
      fc.property(arbitraryChanges, fc.constantFrom('daily', 'weekly', 'immediate'), (made, frequency) => {
        const last = new Map<number, string>();
        const changes = made
          .toSorted((a, b) => a.day - b.day)
          .flatMap(({ n, day, to }) => {
            const from = last.get(n) ?? 'NOT_YET_RECRUITING';
            last.set(n, to);
            return from === to ? [] : [released(n, day, status(from, to))];
          });
        const { mails, trials } = estimating([conditionChoice({ frequency })], changes);
        const days = new Set(changes.map(({ releasedAt }) => releasedAt)).size;
        expect(mails).toBeLessThanOrEqual(Math.min(days, frequency === 'weekly' ? 5 : 30));
        expect(trials).toBeLessThanOrEqual(new Set(changes.map(({ trialId }) => trialId)).size);
        expect(mails === 0).toBe(trials === 0);
      }),
    );

  it('never counts more mails than there were due times, nor trials that nothing is told of', () => {
    holds(estimate);
  });

  it('the same property fails for one that counts each change as a mail', () => {
    const naive: Estimating = (choices, changes, more) => ({
      ...estimate(choices, changes, more),
      mails: changes.length,
    });
    expect(() => holds(naive)).toThrow();
  });
});

describe('D13: an estimate with a limit', () => {
  const daily = [2, 3, 4, 5, 6].map((day) => released(1, day, status(`s${day}`, `s${day + 1}`)));

  it('D13: counts what waited in the mail that goes next, and nothing for what still waits', () => {
    expect(estimate([trialChoice(1)], daily).mails).toBe(5);
    // On November 3 and 10; three with a limit of two: on 3, 4 and 10.
    expect(estimate([trialChoice(1)], daily, { cap: 1, now: november(20) }).mails).toBe(2);
    expect(estimate([trialChoice(1)], daily, { cap: 2, now: november(20) }).mails).toBe(3);
    expect(estimate([trialChoice(1)], daily, { cap: 1, now: november(9) }).mails).toBe(1);
    expect(estimate([trialChoice(1)], daily, { cap: 3, now: november(20) }).trials).toBe(1);
  });
});
