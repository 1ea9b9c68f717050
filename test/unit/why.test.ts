import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Facet } from '../../src/core/change.ts';
import { type Candidate, composeFor } from '../../src/core/compose.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { SubscriptionFilters } from '../../src/core/filters.ts';
import type { Trial } from '../../src/core/trial.ts';
import type { ChangeFacts, Explanation, FollowFacts, WhyFacts } from '../../src/core/why/facts.ts';
import { nextTellingAt } from '../../src/core/why/next.ts';
import { explainChanges } from '../../src/core/why/why.ts';
import { mustRead } from '../support/ctgov-study.ts';
import { study } from '../support/study.ts';

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
/** What may befall a trial, each step from the value before: `n` chooses what becomes of it. */
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

const situation = fc.record({
  follows: fc.array(wanted, { minLength: 1, maxLength: 4 }),
  changes: fc.array(fc.record({ step: fc.nat(3), n: fc.nat(3), other: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  }),
  timezone: fc.constantFrom(...zones),
  wasRecruiting: fc.boolean(),
});
type Situation = typeof situation extends fc.Arbitrary<infer Value> ? Value : never;

/** The facts of a situation as the database would give them. */
function factsOf({ follows, changes, timezone, wasRecruiting }: Situation): WhyFacts {
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
      ...{ heldBy: null, heldBecause: null, decision: null, edit: null, settled: null, toldLater: [] },
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
      person: { timezone, hour: 9, suppressed: null },
      trial: stored,
      before,
      trialId: 7,
      follows: all,
    },
    ...{ changes: found.toReversed(), digests: [], candidates, pause: null },
  };
}

/** What the planner would write, one due time after the other: by change the instant of the digest that says it. */
function planAll(facts: WhyFacts): Map<number, string> {
  const told = new Map<number, string>();
  const settled = new Map<number, { digestId: number; change: Change; version: number }>();
  const times = facts.follows.map((follow) => ({
    follow,
    at: nextTellingAt(follow, facts.person.timezone, facts.now),
  }));
  for (const at of [...new Set(times.map((one) => one.at))].toSorted()) {
    if (at === null) continue;
    const due = new Map(times.flatMap((one) => (one.at === at ? [[one.follow.id, one.follow]] : [])));
    const owed = facts.candidates
      .filter(({ subscriptionId, changeId }) => due.has(subscriptionId) && !settled.has(changeId))
      .map((one) => ({
        ...one,
        toldLater: [...settled.values()].filter(
          ({ change, version, digestId }) =>
            digestId > 0 && change.facet === one.change.facet && version > one.version,
        ),
      }));
    const material = { trials: new Map(facts.trial ? [[7, facts.trial]] : []), before: facts.before };
    const how = { now: at, timezone: 'UTC', dataDay: '2026-11-06', readAt: now };
    const { content, items } = composeFor(owed, due, material, how);
    const digestId = content ? settled.size + 1 : -1;
    const moves = new Set(items.flatMap(({ kind }) => (kind === 'told' ? [] : [kind])));
    for (const { changeId, kind } of items) {
      const one = facts.changes.find(({ id }) => id === changeId);
      if (!one) continue;
      settled.set(changeId, { digestId, change: one.change, version: one.version });
      // A move between filters is told as such, or, to who knows the trial already, with what else is told of it.
      const isSaid =
        kind === 'told'
          ? says(content, one.change)
          : content?.trials[0]?.changes.some((line) => line.kind === kind) ||
            (content !== null && moves.size === 1);
      if (isSaid) told.set(changeId, at);
    }
  }
  return told;
}

/** Whether a digest says something of the change's subject, or tells its trial as new. */
function says(content: Digest | null, { facet }: Change): boolean {
  const told = content?.trials[0];
  if (!told) return false;
  if (told.kind === 'entered' || told.changes.some((one) => one.kind === 'entered')) return true;
  return [...told.changes, ...told.folded].some((line) => line.facet === facet && line.kind !== 'left');
}

/** What is wrong in explanations, held against the plan; empty when all agree. */
function findFaults(facts: WhyFacts, explained: Map<number, Explanation>): string[] {
  const plan = planAll(facts);
  return facts.changes.flatMap(({ id, change }) => {
    const verdict = explained.get(id)?.verdict;
    const at = plan.get(id);
    const said = verdict?.kind === 'next' ? verdict.at : undefined;
    return said === at
      ? []
      : [`${id} ${change.facet} ${change.kind}: says ${JSON.stringify(verdict)}, planned ${at}`];
  });
}

describe('Why', () => {
  it('says of each change that it comes in the next digest, and when, exactly when the planner then tells it', () => {
    fc.assert(
      fc.property(situation, (one) => {
        const facts = factsOf(one);
        expect(findFaults(facts, explainChanges(facts))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('would be caught if it looked at each subscription alone', () => {
    const alone = (facts: WhyFacts) => {
      const found = new Map<number, Explanation>();
      for (const follow of facts.follows) {
        const candidates = facts.candidates.filter(({ subscriptionId }) => subscriptionId === follow.id);
        for (const [id, one] of explainChanges({ ...facts, follows: [follow], candidates }))
          if (found.get(id)?.verdict.kind !== 'next') found.set(id, one);
      }
      return found;
    };
    const checked = fc.check(
      fc.property(situation, (one) => {
        const facts = factsOf(one);
        return findFaults(facts, alone(facts)).length === 0;
      }),
      { numRuns: 500 },
    );
    expect(checked.failed).toBe(true);
  });

  it('has for each that is not told a reason and a sentence', () => {
    fc.assert(
      fc.property(situation, (one) => {
        for (const { verdict, steps } of explainChanges(factsOf(one)).values()) {
          if (verdict.kind !== 'not') continue;
          expect(steps.at(-1)?.verdict).not.toBe('yes');
          expect(steps.length).toBeGreaterThan(2);
        }
      }),
      { numRuns: 200 },
    );
  });
});
