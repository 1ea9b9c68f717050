import { type Candidate, judgeCandidates } from '../digests/compose.ts';
import {
  type Because,
  type ChangeFacts,
  digestRetentionDays,
  type FollowFacts,
  type WhyFacts,
} from './facts.ts';
import type { Outlooks } from './next.ts';

/** Follows a released change through one subscription. Returns the obstacle, or null. */
export function stopOf(
  facts: Pick<WhyFacts, 'now' | 'trial' | 'trialId' | 'before' | 'changes'>,
  follow: FollowFacts,
  change: ChangeFacts,
  { outlook, refusals }: Outlooks,
): Because | null {
  const { state, watchingSince } = follow;
  if (!isAbout(follow, change)) return 'unmatched';
  if (state === 'pending') return 'pending';
  if (watchingSince === null || follow.position === null) return state === 'ended' ? 'ended' : 'unwatched';
  if (!isAhead(follow, change)) {
    const { releasedAt } = change;
    if (releasedAt !== null && releasedAt <= watchingSince) return 'before';
    if (releasedAt !== null && isForgotten(facts.now, releasedAt)) return 'forgotten';
    return isChosen(follow, change) ? (judgeAmong(facts, follow, change, [change]) ?? 'passed') : 'facet';
  }
  if (state === 'ended') return 'ended';
  if (!isChosen(follow, change)) return 'facet';
  if (state === 'paused')
    return judgeAmong(facts, follow, change, waitingWith(facts, follow, change)) ?? 'paused';
  const refusal = refusals.get(change.id)?.get(follow.id);
  if (refusal) return refusal;
  const coming = outlook.get(change.id);
  if (!coming) return 'passed';
  return coming.becomes === 'cancelled' ? 'netted' : null;
}

function isAbout({ topics }: FollowFacts, change: ChangeFacts): boolean {
  return change.topics.some((topic) => topics.includes(topic));
}

/** Whether a change is beyond a subscription's cursor. */
function isAhead({ position }: FollowFacts, change: ChangeFacts): boolean {
  return position !== null && (change.position === null || change.position > position);
}

function isForgotten(now: string, releasedAt: string): boolean {
  return Date.parse(now) - Date.parse(releasedAt) > digestRetentionDays * 86_400_000;
}

/** The changes that are reported together with this one at the end of a pause, oldest first. */
function waitingWith(
  { changes }: Pick<WhyFacts, 'changes'>,
  follow: FollowFacts,
  change: ChangeFacts,
): ChangeFacts[] {
  return changes
    .filter(
      (one) =>
        one.state === 'released' &&
        isAhead(follow, one) &&
        isAbout(follow, one) &&
        isChosen(follow, one) &&
        (one.settled === null || one.settled.digestId === change.settled?.digestId),
    )
    .toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
}

/** Whether the subscription includes this facet. A removal is reported whatever was chosen. */
function isChosen({ facets }: FollowFacts, { change }: ChangeFacts): boolean {
  return facets.includes(change.facet) || change.kind === 'removed' || change.kind === 'returned';
}

/** Why a change is not reported together with its companions, as far as present records and choices show. */
function judgeAmong(
  { trial, trialId, before }: Pick<WhyFacts, 'trial' | 'trialId' | 'before'>,
  follow: FollowFacts,
  change: ChangeFacts,
  among: readonly ChangeFacts[],
): Because | null {
  if (trial === null) return null;
  const candidates = among.map(
    ({ id, version, otherTopics, detectedAt, notifiedLater, position, change: what }): Candidate => ({
      ...{ subscriptionId: follow.id, subscriberId: 0, changeId: id, position: position ?? 0, trialId },
      ...{ version, change: what, otherTopics, detectedAt, notifiedLater },
    }),
  );
  const judged = judgeCandidates(follow, candidates, trial, { before }).get(change.id);
  return typeof judged === 'string' ? judged : null;
}
