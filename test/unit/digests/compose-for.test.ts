import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import {
  type Candidate,
  composeFor,
  type FollowedSubscription,
  judgeCandidates,
} from '../../../src/core/digests/compose.ts';
import { type DigestItem, type ItemKind, type Reason, traceItem } from '../../../src/core/digests/digest.ts';
import { netOf } from '../../../src/core/digests/net.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { mustRead } from '../../support/ctgov-study.ts';
import { study } from '../../support/study.ts';

const { trial } = mustRead(study('NCT09900001'));
const now = '2026-11-06T12:00:00.000Z';
const how = { now, timezone: 'UTC', dataDay: '2026-11-06', readAt: now };

const condition: FollowedSubscription = {
  ...{
    id: 1,
    kind: 'condition',
    words: 'asthma',
    conceptId: 'D001249',
    conceptTerm: 'Asthma',
    phrases: ['asthma'],
  },
  ...{ topics: ['concept:D001249'], filters: {}, watchingSince: '2026-11-02T12:00:00.000Z' },
};
const byNumber: FollowedSubscription = {
  ...condition,
  id: 2,
  kind: 'trial',
  words: trial.id,
  topics: [`trial:ctgov:${trial.id}`],
};

const status = (before: string, after: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
});
const place = (kind: string): Change => ({ facet: 'registration', kind, before: null, after: 'RECRUITING' });
const owed = (changeId: number, change: Change, more: Partial<Candidate> = {}): Candidate => ({
  ...{
    subscriptionId: 1,
    subscriberId: 9,
    changeId,
    position: changeId,
    trialId: 7,
    version: changeId + 1,
    change,
  },
  ...{ otherTopics: null, detectedAt: now, ...more },
});
const paused = status('RECRUITING', 'SUSPENDED');

/** How one subscription takes one change: its kind in a digest, or why it is not told. */
function judge(
  follow: FollowedSubscription,
  change: Change,
  more: Partial<Candidate> = {},
  earlier?: Trial,
  newest = trial,
): string | undefined {
  const before = new Map(earlier ? [['7/1', earlier]] : []);
  const judged = judgeCandidates(follow, [owed(1, change, more)], newest, { before }).get(1);
  return typeof judged === 'string' ? judged : judged?.kind;
}

describe('the changes that a subscription tells', () => {
  it('followers of a number are told of no registration, followers of an illness of no removal', () => {
    for (const kind of ['registered', 'entered', 'left'])
      expect(judge(byNumber, place(kind))).toBe('condition-only');
    for (const kind of ['removed', 'returned']) expect(judge(condition, place(kind))).toBe('trial-only');
    for (const kind of ['removed', 'returned']) expect(judge(byNumber, place(kind))).toBe('told');
    expect([
      judge(condition, place('registered')),
      judge(condition, place('entered')),
      judge(condition, place('left')),
    ]).toEqual(['told', 'entered', 'left']);
  });

  it('what matched before by other words is no news', () => {
    expect(judge(condition, place('entered'), { otherTopics: ['x', 'concept:D001249'] })).toBe('known');
    expect(judge(condition, place('entered'), { otherTopics: ['x'] })).toBe('entered');
    expect(judge(condition, paused, { otherTopics: ['concept:D001249'] })).toBe('told');
  });

  it('a record that became UNKNOWN is told only to followers of its trial', () => {
    expect(judge(condition, status('RECRUITING', 'UNKNOWN'))).toBe('grew-old');
    expect(judge(byNumber, status('RECRUITING', 'UNKNOWN'))).toBe('told');
    expect(judge(condition, status('UNKNOWN', 'RECRUITING'))).toBe('told');
    expect(judge(condition, { ...status('', 'UNKNOWN'), kind: 'why-stopped' })).toBe('told');
  });

  it('newer news that was told overtakes a change, unless it came to nothing', () => {
    const later = (...changes: Change[]) => ({
      notifiedLater: changes.map((change) => ({ digestId: 4, change })),
    });
    expect(judge(condition, paused, later(status('SUSPENDED', 'COMPLETED')))).toBe('overtaken');
    expect(
      judge(condition, paused, later(status('SUSPENDED', 'COMPLETED'), status('COMPLETED', 'SUSPENDED'))),
    ).toBe('told');
    expect(judge(condition, paused, { notifiedLater: [] })).toBe('told');
    expect(judge(condition, paused, { notifiedLater: null })).toBe('told');
  });

  it('M3: a trial that comes inside the filters enters, one that goes leaves, one outside is not told', () => {
    const open = { ...condition, filters: { recruitingOnly: true } };
    const shut: Trial = { ...trial, status: 'SUSPENDED' };
    expect(judge(open, paused, {}, trial, shut)).toBe('left');
    expect(judge(open, status('SUSPENDED', 'RECRUITING'), {}, shut)).toBe('entered');
    expect(judge(open, paused, {}, shut, shut)).toBe('filters');
    expect(judge(open, paused, {}, undefined, shut)).toBe('filters');
    expect(judge(open, paused, {}, trial)).toBe('told');
    expect(judge(open, place('left'), {}, shut)).toBe('left');
    // What is refused for itself says so, inside or outside.
    expect(judge(open, place('removed'), {}, shut, shut)).toBe('trial-only');
  });

  it('M3: filters that the record does not answer appear with the reason', () => {
    const narrow: FollowedSubscription = {
      ...condition,
      filters: { sex: 'FEMALE', years: 40, phases: ['PHASE1'] },
    };
    const silent: Trial = { ...trial, sex: null, minimumAge: null, maximumAge: null, phases: ['PHASE1'] };
    const unsaidOf = (newest: Trial) => {
      const material = { trials: new Map([[7, newest]]), before: new Map() };
      const follows = new Map([[1, narrow]]);
      return composeFor([owed(1, paused)], follows, material, how).content?.trials[0]?.reasons[0]?.unsaid;
    };
    expect(unsaidOf(silent)).toEqual(['age', 'sex']);
    expect(unsaidOf({ ...silent, sex: 'ALL', minimumAge: '18 Years' })).toBeUndefined();
  });

  it('each change is in a digest once, as a change of the trial where any subscription has it so', () => {
    const open = { ...condition, filters: { recruitingOnly: true } };
    const shut: Trial = { ...trial, status: 'SUSPENDED' };
    const both = [owed(1, paused), owed(1, paused, { subscriptionId: 2 })];
    const material = { trials: new Map([[7, shut]]), before: new Map([['7/1', trial]]) };
    const follows = new Map([
      [1, open],
      [2, byNumber],
    ]);
    const { content, items } = composeFor(both, follows, material, how);
    expect(items).toEqual([{ changeId: 1, subscriptionId: 2, kind: 'told' }]);
    expect(
      content?.trials[0]?.reasons.map(({ subscriptionId, match }) => [subscriptionId, match.by]),
    ).toEqual([
      [1, 'concept'],
      [2, 'trial'],
    ]);
    expect(composeFor([], follows, material, how)).toEqual({ content: null, items: [] });
    expect(composeFor([owed(1, place('removed'))], follows, material, how)).toEqual({
      content: null,
      items: [],
    });
    expect(composeFor([owed(1, paused, { subscriptionId: 3 })], follows, material, how).items).toEqual([]);
    expect(() => composeFor(both, follows, { ...material, trials: new Map() }, how)).toThrow(
      'trial 7 was not loaded',
    );
  });
});

describe('what becomes of one of a trial’s changes', () => {
  const reasons = (kind: 'trial' | 'condition'): Reason[] => [
    { subscriptionId: 1, kind, words: 'x', since: now, match: { by: 'trial' } },
  ];
  const items = (...all: [ItemKind, Change, number?][]): DigestItem[] =>
    all.map(([kind, change, subscriptionId = 1], at) => ({
      ...{
        changeId: at + 1,
        position: at + 1,
        subscriptionId,
        kind,
        detectedAt: now,
        version: at + 2,
        change,
      },
    }));
  const trace = (kind: 'trial' | 'condition', all: DigestItem[]) =>
    all.map(({ changeId }) => traceItem(all, reasons(kind), changeId));

  it('D1: there and back is cancelled, beside what is told', () => {
    const back = status('SUSPENDED', 'RECRUITING');
    const other: Change = { facet: 'title', kind: 'title', before: 'a', after: 'b' };
    expect(trace('trial', items(['told', paused], ['told', back]))).toEqual(['cancelled', 'cancelled']);
    expect(trace('trial', items(['told', paused], ['told', other], ['told', back]))).toEqual([
      'cancelled',
      'told',
      'cancelled',
    ]);
    expect(netOf(paused, [paused, other, back])).toEqual([]);
    expect(netOf(other, [paused, other, back])).toEqual([other]);
  });

  it('a trial that is told as new tells the rest by its card', () => {
    expect(trace('condition', items(['told', place('registered')], ['told', paused]))).toEqual([
      'told',
      'part',
    ]);
    expect(trace('condition', items(['entered', place('entered')], ['told', paused]))).toEqual([
      'told',
      'part',
    ]);
    expect(trace('condition', items(['told', place('registered')], ['told', place('removed')]))).toEqual([
      'cancelled',
      'cancelled',
    ]);
  });

  it('who knows the trial is told of its changes, not that it came to match; what came and left is cancelled', () => {
    expect(trace('trial', items(['entered', place('entered'), 2], ['told', paused]))).toEqual([
      'part',
      'told',
    ]);
    expect(trace('condition', items(['entered', place('entered')], ['left', place('left')]))).toEqual([
      'cancelled',
      'cancelled',
    ]);
    expect(
      trace('trial', items(['entered', place('entered')], ['left', place('left')], ['told', paused])),
    ).toEqual(['cancelled', 'cancelled', 'told']);
    expect(trace('condition', items(['told', paused], ['left', place('left')]))).toEqual(['told', 'told']);
    expect(traceItem(items(['told', paused]), reasons('trial'), 99)).toBe('cancelled');
  });
});
