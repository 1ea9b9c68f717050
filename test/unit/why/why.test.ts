import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { composeFor } from '../../../src/core/digests/compose.ts';
import type { Digest } from '../../../src/core/digests/digest.ts';
import { explainChanges } from '../../../src/core/why/explain.ts';
import type { Explanation, WhyFacts } from '../../../src/core/why/facts.ts';
import { nextTellingAt } from '../../../src/core/why/next.ts';
import { sayStep, sayVerdict } from '../../../src/core/why/say.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { factsOf, whySituation as situation, type WhySituation } from '../../support/arbitrary-why.ts';

const wording = createWording('en');
const now = '2026-11-06T12:00:00.000Z';

/** A record was removed, and what a filter let in and out again after that cancels out: the follower of its number is told. */
const wentThroughAFilter: WhySituation = {
  follows: [
    {
      isTrial: true,
      facets: ['registration'],
      filters: {},
      ...{ frequency: 'daily', state: 'active' },
      from: 0,
      hours: 13,
    },
    {
      ...{ isTrial: false, facets: ['status', 'registration'], filters: { recruitingOnly: true } },
      ...{ frequency: 'daily', state: 'active', from: 0, hours: 0 },
    },
  ],
  changes: [
    { step: 3, n: 2, other: false },
    { step: 0, n: 3, other: false },
    { step: 3, n: 0, other: false },
  ],
  timezone: 'UTC',
  wasRecruiting: true,
};

/** What the planner would write, one due time after the other: by change the instant of the digest that says it. */
function planAll(facts: WhyFacts): Map<number, string> {
  const told = new Map<number, string>();
  const settled = new Map<number, { digestId: number; change: Change; version: number }>();
  const times = facts.follows.map((follow) => ({
    follow,
    at: nextTellingAt(follow, facts.person, facts.now),
  }));
  for (const at of [...new Set(times.map((one) => one.at))].toSorted()) {
    if (at === null) continue;
    const due = new Map(times.flatMap((one) => (one.at === at ? [[one.follow.id, one.follow]] : [])));
    const owed = facts.candidates
      .filter(({ subscriptionId, changeId }) => due.has(subscriptionId) && !settled.has(changeId))
      .map((one) => ({
        ...one,
        notifiedLater: [...settled.values()].filter(
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

/** The differences between explanations and the plan; empty if all agree. */
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
      { numRuns: 500, examples: [[wentThroughAFilter]] },
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
          for (const step of steps)
            expect(sayStep(wording, step, one.timezone)).not.toMatch(/[{}]|undefined|NaN/);
          expect(sayVerdict(wording, verdict, one.timezone)).not.toBe('');
          if (verdict.kind !== 'not') continue;
          expect(steps.at(-1)?.verdict).not.toBe('yes');
          expect(steps.length).toBeGreaterThan(2);
        }
      }),
      { numRuns: 200 },
    );
  });
});
