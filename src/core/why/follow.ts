import { matchFor } from '../digests/compose.ts';
import { isExcluded } from '../subscriptions/exclusions.ts';
import { failedFilters, passesFilters } from '../subscriptions/filters.ts';
import type { Trial } from '../trial.ts';
import type { FollowFacts, Step, WhyFacts } from './facts.ts';
import { nextTellingAt } from './next.ts';

const stateKeys: Record<FollowFacts['state'], string> = {
  pending: 'admin.why.state.pending',
  active: 'admin.why.state.active',
  paused: 'admin.why.state.paused',
  ended: 'admin.why.state.ended',
};
const matchKeys = {
  trial: 'admin.why.match.trial',
  concept: 'admin.why.match.concept',
  beneath: 'admin.why.match.beneath',
  phrase: 'admin.why.match.phrase',
  keyword: 'admin.why.match.keyword',
  admitted: 'admin.why.match.admitted',
};
const oftenKeys = {
  immediate: 'admin.why.often.immediate',
  daily: 'admin.why.often.daily',
  weekly: 'admin.why.often.weekly',
};

/**
 * Explains how one subscription relates to the trial, whatever changed: match, filters, since when, how
 * often.
 */
export function explainFollow(facts: WhyFacts, follow: FollowFacts): Step[] {
  // What the person excluded still matches; its own step says that it is left out.
  const match = facts.trial === null ? null : matchFor({ ...follow, exclusions: null }, facts.trial);
  if (facts.trial === null || match === null || !reaches(facts, follow))
    return isReached(facts, follow)
      ? [{ verdict: 'plain', key: 'admin.why.match.former', values: {} }, ...stateSteps(facts, follow)]
      : [{ verdict: 'no', key: 'admin.why.match.none', values: {} }];
  const words = match.by === 'trial' ? follow.words : match.words;
  return [
    { verdict: 'yes', key: matchKeys[match.by], values: { words } },
    ...filterSteps(facts.trial, follow),
    ...exclusionSteps(facts.trial, follow),
    ...stateSteps(facts, follow),
  ];
}

/** Whether the trial matches the subscription. The number of another trial does not match. */
function reaches(facts: WhyFacts, follow: FollowFacts): boolean {
  if (follow.kind === 'condition') return true;
  const { trial } = facts;
  const ids = trial ? [trial.id, ...trial.aliases] : [];
  return (
    ids.some((id) => follow.topics.includes(`trial:${trial?.registry}:${id}`)) || isReached(facts, follow)
  );
}

/** Whether a change matched the subscription, even if the trial no longer does. */
function isReached({ changes }: WhyFacts, follow: FollowFacts): boolean {
  return changes.some(({ topics }) => topics.some((topic) => follow.topics.includes(topic)));
}

function filterSteps(trial: Trial, { filters }: FollowFacts): Step[] {
  if (Object.keys(filters).length === 0) return [];
  const failed = failedFilters(trial, filters);
  if (failed.length > 0)
    return [{ verdict: 'no', key: 'admin.why.filters.out', values: { filters: failed.join() } }];
  const { unknown } = passesFilters(trial, filters);
  return unknown.length > 0
    ? [{ verdict: 'yes', key: 'admin.why.filters.unknown', values: { filters: unknown.join() } }]
    : [{ verdict: 'yes', key: 'admin.why.filters.in', values: {} }];
}

function exclusionSteps(trial: Trial, follow: FollowFacts): Step[] {
  if (follow.kind !== 'condition' || !isExcluded(trial, follow)) return [];
  return [{ verdict: 'no', key: 'admin.why.excluded', values: {} }];
}

function stateSteps({ person, now }: WhyFacts, follow: FollowFacts): Step[] {
  const { state, watchingSince, frequency, weekday, createdAt, pausedUntil, endedAt } = follow;
  const steps: Step[] = [];
  if (state !== 'active')
    steps.push({
      verdict: state === 'ended' ? 'no' : 'wait',
      key: state === 'paused' && pausedUntil !== null ? 'admin.why.state.paused-until' : stateKeys[state],
      values: { createdAt, untilAt: pausedUntil ?? '', endedAt: endedAt ?? '' },
    });
  if (state === 'pending') return steps;
  steps.push(
    watchingSince === null
      ? { verdict: 'wait', key: 'admin.why.since.none', values: {} }
      : { verdict: 'yes', key: 'admin.why.since', values: { sinceAt: watchingSince } },
  );
  if (state === 'ended') return steps;
  const { hour, timezone, cappedUntil } = person;
  const nextAt = nextTellingAt(follow, person, now);
  steps.push({ verdict: 'plain', key: oftenKeys[frequency], values: { hour, timezone, weekday } });
  if (cappedUntil !== null)
    steps.push({ verdict: 'wait', key: 'admin.why.capped', values: { untilAt: cappedUntil } });
  if (nextAt !== null) steps.push({ verdict: 'plain', key: 'admin.why.next-look', values: { nextAt } });
  return steps;
}
