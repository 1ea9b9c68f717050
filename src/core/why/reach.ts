import { type Candidate, judgeCandidates } from '../compose.ts';
import type { Because, ChangeFacts, FollowFacts, WhyFacts } from './facts.ts';
import type { Outlooks } from './next.ts';

/** How far a released change comes on its way to a person by one subscription: what stops it, or nothing. */
export function stopOf(
  facts: Pick<WhyFacts, 'trial' | 'trialId' | 'before'>,
  follow: FollowFacts,
  change: ChangeFacts,
  { outlook, refusals }: Outlooks,
): Because | null {
  if (!change.topics.some((topic) => follow.topics.includes(topic))) return 'unmatched';
  if (follow.state === 'ended') return 'ended';
  if (follow.state === 'pending') return 'pending';
  if (follow.watchingSince === null || follow.position === null) return 'unwatched';
  const { position, releasedAt } = change;
  if (position !== null && position <= follow.position) {
    if (releasedAt !== null && releasedAt <= follow.watchingSince) return 'before';
    return isChosen(follow, change) ? (judgeAgain(facts, follow, change) ?? 'passed') : 'facet';
  }
  if (!isChosen(follow, change)) return 'facet';
  if (follow.state === 'paused') return 'paused';
  const refusal = refusals.get(change.id)?.get(follow.id);
  if (refusal) return refusal;
  const coming = outlook.get(change.id);
  if (!coming) return 'passed';
  return coming.becomes === 'cancelled' ? 'netted' : null;
}

/** A removed trial is told whatever kinds of change were chosen. */
function isChosen({ facets }: FollowFacts, { change }: ChangeFacts): boolean {
  return facets.includes(change.facet) || change.kind === 'removed' || change.kind === 'returned';
}

/** Why a change was not told when it was looked at, as far as today's records and choices still show it. */
function judgeAgain(
  { trial, trialId, before }: Pick<WhyFacts, 'trial' | 'trialId' | 'before'>,
  follow: FollowFacts,
  change: ChangeFacts,
): Because | null {
  if (trial === null) return null;
  const { id, version, otherTopics, detectedAt, toldLater, position } = change;
  const candidate: Candidate = {
    subscriptionId: follow.id,
    subscriberId: 0,
    changeId: id,
    position: position ?? 0,
    trialId,
    version,
    change: change.change,
    otherTopics,
    detectedAt,
    toldLater,
  };
  const judged = judgeCandidates(follow, [candidate], trial, { before }).get(id);
  return typeof judged === 'string' ? judged : null;
}
