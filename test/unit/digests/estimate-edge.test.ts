import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import {
  type EstimateChoice,
  type EstimatedChange,
  estimateMails,
} from '../../../src/core/digests/estimate.ts';

const gout = 'concept:D006073';
const asthma = 'concept:D001249';
const trialTopic = (n: number) => `trial:ctgov:NCT0000000${n}`;
const follow = (
  kind: 'trial' | 'condition',
  topic: string,
  more: Partial<EstimateChoice> = {},
): EstimateChoice => ({
  kind,
  topics: [topic],
  facets: ['status', 'sites'],
  filters: {},
  frequency: 'daily',
  ...more,
});
const status = (before: string, after: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
});
const pause = status('RECRUITING', 'SUSPENDED');
const presence = (kind: string): Change => ({ facet: 'registration', kind, before: null, after: null });

/** A change of trial `n` on a day of November 2026, which began on a Sunday; `position` is its place in time. */
const released = (
  n: number,
  at: string,
  change: Change,
  more: Partial<EstimatedChange> = {},
): EstimatedChange => ({
  trialId: n,
  position: Date.parse(`2026-11-${at}:00.000Z`),
  change,
  topics: [trialTopic(n), asthma],
  otherTopics: null,
  releasedAt: `2026-11-${at}:00.000Z`,
  ...more,
});

function estimate(choices: EstimateChoice[], changes: EstimatedChange[], more: object = {}) {
  return estimateMails({
    choices,
    changes,
    trials: new Map(),
    hour: 9,
    timezone: 'UTC',
    since: '2026-11-01T10:00:00.000Z',
    now: '2026-11-30T10:00:00.000Z',
    ...more,
  });
}
const mailsOf = (...given: Parameters<typeof estimate>) => estimate(...given).mails;

describe('mails that would have come', () => {
  it('are as many as mornings after a change, in the reader’s zone', () => {
    const changes = [released(1, '03T08:00', pause), released(2, '03T10:00', pause)];
    const daily = [follow('condition', asthma)];
    expect(mailsOf(daily, changes)).toBe(2);
    expect(mailsOf(daily, changes, { hour: 11 })).toBe(1);
    expect(mailsOf(daily, changes, { timezone: 'Asia/Tokyo' })).toBe(1);
  });

  it('are one a Monday where mails come weekly', () => {
    const weekly = [follow('condition', asthma, { frequency: 'weekly' })];
    expect(mailsOf(weekly, [released(1, '03T10:00', pause), released(2, '08T10:00', pause)])).toBe(1);
    expect(mailsOf(weekly, [released(1, '08T10:00', pause), released(2, '10T10:00', pause)])).toBe(2);
  });

  it('D1: tell a change of two choices with the one that is due first, whichever stands first', () => {
    const both = [follow('condition', asthma, { frequency: 'weekly' }), follow('trial', trialTopic(1))];
    const changes = [released(1, '03T10:00', pause), released(2, '04T08:00', pause)];
    expect(mailsOf(both, changes)).toBe(2);
    expect(mailsOf(both.toReversed(), changes)).toBe(2);
    expect(estimate(both, changes.slice(0, 1))).toMatchObject({ mails: 1, trials: 1 });
  });

  it('name a trial once, however often it changed, in one mail or in several', () => {
    const choices = [follow('trial', trialTopic(1)), follow('trial', trialTopic(2))];
    const changes = [
      released(1, '03T10:00', pause),
      released(1, '03T11:00', status('SUSPENDED', 'TERMINATED')),
      released(1, '05T11:00', status('TERMINATED', 'RECRUITING')),
      released(2, '05T11:00', pause),
    ];
    expect(estimate(choices, changes)).toMatchObject({ mails: 2, trials: 2 });
  });

  it('D1: net changes in the order in which they came, however they are handed over', () => {
    const weekly = [follow('condition', asthma, { frequency: 'weekly' })];
    const there = released(1, '03T10:00', status('RECRUITING', 'COMPLETED'));
    const back = released(1, '04T10:00', status('COMPLETED', 'SUSPENDED'));
    const again = released(1, '05T10:00', status('SUSPENDED', 'RECRUITING'));
    const other = released(2, '04T10:00', pause);
    expect(estimate(weekly, [again, other, there, back])).toMatchObject({ mails: 1, trials: 1 });
    expect(estimate(weekly, [again, there, back])).toMatchObject({ mails: 0, trials: 0 });
    for (const two of [
      [there, back],
      [back, there],
    ])
      expect(estimate(weekly, two)).toMatchObject({ mails: 1, trials: 1 });
  });

  it('are none without a choice, or a change that reaches one', () => {
    expect(estimate([], [released(1, '03T10:00', pause)])).toEqual({
      mails: 0,
      trials: 0,
      days: 29,
      trialsAWeek: 0,
    });
    expect(mailsOf([follow('condition', gout)], [released(1, '03T10:00', pause)])).toBe(0);
    expect(mailsOf([follow('condition', asthma)], [])).toBe(0);
  });
});

describe('a followed trial', () => {
  const told = (change: Change, more: Partial<EstimateChoice> = {}) =>
    mailsOf([follow('trial', trialTopic(1), more)], [released(1, '03T10:00', change)]) === 1;

  it('is told of removal and return whatever else is wanted, and of what is wanted', () => {
    expect(told(presence('removed'))).toBe(true);
    expect(told(presence('returned'))).toBe(true);
    expect(told(pause)).toBe(true);
    expect(told(status('RECRUITING', 'UNKNOWN'))).toBe(true);
    expect(told(pause, { facets: ['sites'] })).toBe(false);
  });

  it('comes to and leaves no list: it is followed itself', () => {
    for (const kind of ['registered', 'entered', 'left'])
      expect([kind, told(presence(kind), { facets: ['registration'] })]).toEqual([kind, false]);
  });

  it('is no matter of filters', () => {
    const filters = { country: 'Chad' };
    const trials = new Map([[1, { ...norwegian, status: 'RECRUITING' as const }]]);
    const changes = [released(1, '03T10:00', pause)];
    expect(mailsOf([follow('trial', trialTopic(1), { filters })], changes, { trials })).toBe(1);
    expect(mailsOf([follow('condition', asthma, { filters })], changes, { trials })).toBe(0);
  });
});

const norwegian = {
  lastKnownStatus: null,
  minimumAge: null,
  maximumAge: null,
  sex: null,
  studyType: null,
  phases: [],
  sites: [{ country: 'Norway', lat: null, lon: null }],
  countries: [],
  ageGroups: [],
};

describe('a followed condition', () => {
  const told = (change: Change, more: Partial<EstimatedChange> = {}) =>
    mailsOf(
      [follow('condition', asthma, { facets: ['registration', 'status', 'sites'] })],
      [released(1, '03T10:00', change, more)],
    ) === 1;

  it('M3: is told of trials that are new, come to match or no longer do, unless another list of it has them', () => {
    for (const kind of ['registered', 'entered', 'left']) {
      expect([kind, told(presence(kind))]).toEqual([kind, true]);
      expect([kind, told(presence(kind), { otherTopics: [gout] })]).toEqual([kind, true]);
      expect([kind, told(presence(kind), { otherTopics: [gout, asthma] })]).toEqual([kind, false]);
    }
    expect(told(pause, { otherTopics: [asthma] })).toBe(true);
  });

  it('is not told of removal and return', () => {
    expect(told(presence('removed'))).toBe(false);
    expect(told(presence('returned'))).toBe(false);
  });

  it('is not told of a trial that nobody confirmed, but of a site that is not known to be open', () => {
    expect(told(status('RECRUITING', 'UNKNOWN'))).toBe(false);
    expect(told({ facet: 'sites', kind: 'sites-status', before: null, after: 'UNKNOWN' })).toBe(true);
  });
});

describe('the time looked at', () => {
  const time = (since: string, now: string) => {
    const changes = [1, 2].map((n) => released(n, '03T10:00', pause));
    const { days, trialsAWeek } = estimate([follow('condition', asthma)], changes, { since, now });
    return [days, trialsAWeek];
  };

  it('counts whole days, and is never less than a day to reckon trials a week from', () => {
    expect(time('2026-11-01T00:00:00.000Z', '2026-11-04T23:00:00.000Z')[0]).toBe(3);
    expect(time('2026-11-01T00:00:00.000Z', '2026-11-08T00:00:00.000Z')).toEqual([7, 2]);
    expect(time('2026-11-01T00:00:00.000Z', '2026-11-29T00:00:00.000Z')).toEqual([28, 0.5]);
    expect(time('2026-11-08T00:00:00.000Z', '2026-11-08T01:00:00.000Z')).toEqual([0, 14]);
    expect(time('2026-11-08T00:00:00.000Z', '2026-11-01T00:00:00.000Z')).toEqual([0, 14]);
  });
});
