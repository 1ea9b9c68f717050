import fc from 'fast-check';
import type { Change, Facet } from '../../src/core/change.ts';
import type { Candidate } from '../../src/core/digests/compose.ts';
import type { SubscriptionFilters } from '../../src/core/subscriptions/filters.ts';
import type { Trial } from '../../src/core/trial.ts';
import type { ChangeFacts, FollowFacts, WhyFacts } from '../../src/core/why/facts.ts';
import { mustRead } from './ctgov-study.ts';
import { study } from './study.ts';

const { trial } = mustRead(study('NCT09900001', { sites: ['Zeta Clinic, Bergen, Norway @ 60.39 5.32'] }));
const number = `trial:ctgov:${trial.id}`;
const illness = 'phrase:-:asthma';
const now = '2026-11-06T12:00:00.000Z';
const zones = ['UTC', 'Asia/Tokyo', 'America/Los_Angeles'];

const makeChange = (change: Partial<Change>): Change => ({
  facet: 'status',
  kind: 'status',
  before: null,
  after: null,
  ...change,
});
const statuses = ['RECRUITING', 'SUSPENDED', 'UNKNOWN', 'TERMINATED'];
/** An event for a trial, which starts from the previous value; `n` chooses its outcome. */
const steps: ((n: number, status: string) => Change)[] = [
  (n, status) => makeChange({ before: status, after: statuses[n % 4] ?? '' }),
  (n) =>
    makeChange({ facet: 'enrollment', kind: 'enrollment', before: { count: n }, after: { count: n + 1 } }),
  (n) => makeChange({ facet: 'title', kind: 'title', before: `${n}`, after: `${n + 1}` }),
  (n) =>
    makeChange({
      facet: 'registration',
      kind: ['entered', 'left', 'removed', 'returned'][n % 4] ?? '',
      after: 'RECRUITING',
    }),
];

type Wanted = {
  isTrial: boolean;
  facets: Facet[];
  filters: SubscriptionFilters;
  frequency: FollowFacts['frequency'];
  state: FollowFacts['state'];
  from: number;
  hours: number;
};

const wanted: fc.Arbitrary<Wanted> = fc.record({
  isTrial: fc.boolean(),
  facets: fc.subarray<Facet>(['status', 'enrollment', 'title', 'registration'], { minLength: 1 }),
  filters: fc.constantFrom<SubscriptionFilters>(
    {},
    {},
    { phases: ['PHASE3'] },
    { recruitingOnly: true },
    { country: 'Norway' },
  ),
  frequency: fc.constantFrom('daily', 'weekly', 'immediate'),
  state: fc.constantFrom('active', 'active', 'active', 'paused', 'ended', 'pending'),
  from: fc.nat(5),
  hours: fc.nat(60),
});

/** Some subscriptions, and the events of a trial that they may match. */
export const whySituation = fc.record({
  follows: fc.array(wanted, { minLength: 1, maxLength: 4 }),
  changes: fc.array(fc.record({ step: fc.nat(3), n: fc.nat(3), other: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  }),
  timezone: fc.constantFrom(...zones),
  wasRecruiting: fc.boolean(),
});
/** One of them. */
export type WhySituation = typeof whySituation extends fc.Arbitrary<infer Value> ? Value : never;

/** The facts of a situation in the form of the database. */
export function factsOf({ follows, changes, timezone, wasRecruiting }: WhySituation): WhyFacts {
  let status = 'RECRUITING';
  const found = changes.map(({ step, n, other }, at): ChangeFacts => {
    const change = (steps[step] ?? steps[0])?.(n, status) ?? makeChange({});
    if (change.facet === 'status') status = String(change.after);
    return {
      ...{ id: at + 1, version: at + 2, runId: at + 1, change, position: at + 1, state: 'released' as const },
      ...{
        topics: [number, illness],
        otherTopics: other ? [illness] : null,
        detectedAt: now,
        releasedAt: now,
      },
      ...{ heldBy: null, heldBecause: null, decision: null, edit: null, settled: null, notifiedLater: [] },
    };
  });
  const all = follows.map(
    (one, at): FollowFacts => ({
      ...{ id: at + 1, kind: one.isTrial ? 'trial' : 'condition', words: one.isTrial ? trial.id : 'asthma' },
      ...{ conceptId: null, conceptTerm: null, phrases: one.isTrial ? [] : ['asthma'], filters: one.filters },
      ...{
        topics: [one.isTrial ? number : illness],
        watchingSince: '2026-11-01T00:00:00.000Z',
        state: one.state,
      },
      ...{ facets: one.facets, frequency: one.frequency, weekday: 1, position: one.from, createdAt: now },
      ...{
        nextDueAt: new Date(Date.parse(now) + (one.hours - 12) * 3_600_000).toISOString(),
        endedAt: null,
        pausedUntil: null,
        list: null,
      },
    }),
  );
  const candidates = all.flatMap((follow) =>
    found.flatMap(({ id, version, change, position, otherTopics }): Candidate[] => {
      const isReached =
        follow.state === 'active' &&
        (position ?? 0) > (follow.position ?? 0) &&
        (follow.facets.includes(change.facet) || change.kind === 'removed' || change.kind === 'returned');
      const ids = { subscriptionId: follow.id, subscriberId: 1, changeId: id, trialId: 7 };
      return isReached
        ? [{ ...ids, position: position ?? 0, version, change, otherTopics, detectedAt: now }]
        : [];
    }),
  );
  const earlier: Trial = { ...trial, status: wasRecruiting ? 'RECRUITING' : 'SUSPENDED' };
  const stored: Trial = { ...trial, status: statuses.find((one) => one === status) as Trial['status'] };
  const before = new Map(found.map(({ version }) => [`7/${version - 1}`, earlier]));
  return {
    ...{
      now,
      person: { timezone, hour: 9, cappedUntil: null, suppressed: null },
      trial: stored,
      before,
      trialId: 7,
      follows: all,
    },
    ...{ changes: found.toReversed(), digests: [], candidates, pause: null },
  };
}
