import { cardOf } from '../core/card.ts';
import {
  composeDigest,
  type Digest,
  type DigestItem,
  type ItemKind,
  type Match,
  type Reason,
  type TrialCard,
} from '../core/digest.ts';
import { passesFilters, type SubscriptionFilters } from '../core/filters.ts';
import { matchOf } from '../core/matching/topics.ts';
import { nearestRecruiting, whereaboutsOf } from '../core/near.ts';
import { isOvertaken } from '../core/net.ts';
import type { Day, Instant, Trial } from '../core/trial.ts';
import { withholdFacets } from '../core/withhold.ts';
import type { Tx } from '../db/connect.ts';
import type { Candidate, DueSubscription } from '../db/digests.ts';
import { loadBeforeHeld } from '../db/held.ts';
import { loadNewestTrials, loadVersions, type TrialCache } from '../db/versions.ts';

const cards = new WeakMap<Trial, TrialCard>();

/** The card of a trial in memory, made once: many people may be told of it. */
function cardOnce(trial: Trial): TrialCard {
  const card = cards.get(trial) ?? cardOf(trial);
  cards.set(trial, card);
  return card;
}

/** What digests are composed from, loaded once for a batch of people. */
export type Material = { trials: Map<number, Trial>; before: Map<string, Trial> };

/** Loads the trials that candidates speak of, what is held of them as it was told last, and for subscriptions with filters how those were before. */
export async function loadMaterial(
  tx: Tx,
  candidates: Candidate[],
  subscriptions: Map<number, DueSubscription>,
  cache?: TrialCache,
): Promise<Material> {
  const filtered = candidates.filter((candidate) => hasFilters(subscriptions.get(candidate.subscriptionId)));
  const ids = [...new Set(candidates.map((candidate) => candidate.trialId))];
  const trials = await loadNewestTrials(tx, ids, cache);
  for (const [trialId, held] of Map.groupBy(await loadBeforeHeld(tx, ids), (one) => one.trialId)) {
    const newest = trials.get(trialId);
    if (newest) trials.set(trialId, withholdFacets(newest, held));
  }
  const before = await loadVersions(
    tx,
    filtered.map(({ trialId, version }) => ({ trialId, version: version - 1 })),
  );
  return { trials, before };
}

/** One person's digest, null when nothing is left to tell, and every change it settles. */
export function composeFor(
  candidates: Candidate[],
  subscriptions: Map<number, DueSubscription>,
  material: Material,
  how: { now: Instant; timezone: string; dataDay: Day; readAt: Instant; checking?: boolean },
): { content: Digest | null; items: { changeId: number; subscriptionId: number; kind: ItemKind }[] } {
  const byTrial = Map.groupBy(candidates, (candidate) => candidate.trialId);
  const settled = new Map<number, { changeId: number; subscriptionId: number; kind: ItemKind }>();
  const told: Parameters<typeof composeDigest>[0]['trials'] = [];
  for (const [trialId, ofTrial] of byTrial) {
    const trial = material.trials.get(trialId);
    if (!trial) throw new Error(`trial ${trialId} was not loaded`);
    const items = new Map<number, DigestItem>();
    const reasons: Reason[] = [];
    const filters: SubscriptionFilters[] = [];
    for (const [subscriptionId, wanted] of Map.groupBy(ofTrial, (candidate) => candidate.subscriptionId)) {
      const subscription = subscriptions.get(subscriptionId);
      if (!subscription) continue;
      const matched = itemsFor(subscription, wanted, trial, material);
      if (matched.length === 0) continue;
      reasons.push(reasonFor(subscription, trial));
      filters.push(subscription.filters);
      for (const item of matched)
        if (items.get(item.changeId)?.kind !== 'told') items.set(item.changeId, item);
    }
    if (items.size === 0) continue;
    const inOrder = [...items.values()].sort((a, b) => a.position - b.position);
    const whereabouts = whereaboutsOf(filters);
    const near = whereabouts && { whereabouts, nearest: nearestRecruiting(trial, whereabouts) };
    told.push({ card: cardOnce(trial), items: inOrder, reasons, ...(near ? { near } : {}) });
    for (const { changeId, subscriptionId, kind } of inOrder)
      settled.set(changeId, { changeId, subscriptionId, kind });
  }
  if (told.length === 0) return { content: null, items: [] };
  return { content: composeDigest({ trials: told, ...how }), items: [...settled.values()] };
}

/** Which of a trial's changes a subscription wants told, and as what. */
function itemsFor(
  subscription: DueSubscription,
  candidates: Candidate[],
  trial: Trial,
  material: Material,
): DigestItem[] {
  const wanted = candidates.filter(
    (candidate) => isWanted(subscription, candidate) && !isToldSince(candidate),
  );
  const first = wanted[0];
  if (!first) return [];
  const item = (candidate: Candidate, kind: ItemKind): DigestItem => ({
    changeId: candidate.changeId,
    position: candidate.position,
    subscriptionId: subscription.id,
    kind,
    detectedAt: candidate.detectedAt,
    version: candidate.version,
    change: candidate.change,
  });
  const ownKind = (candidate: Candidate): ItemKind =>
    candidate.change.kind === 'entered' || candidate.change.kind === 'left' ? candidate.change.kind : 'told';
  if (!hasFilters(subscription)) return wanted.map((candidate) => item(candidate, ownKind(candidate)));
  const before = material.before.get(`${first.trialId}/${first.version - 1}`);
  const passes = passesFilters(trial, subscription.filters).passes;
  const passed = before ? passesFilters(before, subscription.filters).passes : passes;
  if (!passes && !passed) return [];
  return wanted.map((candidate) => {
    const kind = ownKind(candidate);
    if (kind !== 'told' || passes === passed) return item(candidate, kind);
    return item(candidate, passes ? 'entered' : 'left');
  });
}

function isWanted(subscription: DueSubscription, candidate: Candidate): boolean {
  const { change, otherTopics } = candidate;
  if (change.kind === 'registered' || change.kind === 'entered' || change.kind === 'left') {
    return (
      subscription.kind === 'condition' && !otherTopics?.some((topic) => subscription.topics.includes(topic))
    );
  }
  if (subscription.kind === 'condition' && (change.kind === 'removed' || change.kind === 'returned'))
    return false;
  // A condition's follower is not told of records that merely grew old (the contract's defaults).
  return !(subscription.kind === 'condition' && change.kind === 'status' && change.after === 'UNKNOWN');
}

/** A paused or rarer subscription comes late with what another has told since: the earlier value is no news any more. */
function isToldSince({ change, toldLater }: Candidate): boolean {
  if (!toldLater || toldLater.length === 0) return false;
  const mails = Map.groupBy(toldLater, ({ digestId }) => digestId);
  return isOvertaken(
    change,
    [...mails.values()].map((mail) => mail.map((told) => told.change)),
  );
}

function hasFilters(subscription: DueSubscription | undefined): boolean {
  return subscription !== undefined && Object.keys(subscription.filters).length > 0;
}

function reasonFor(subscription: DueSubscription, trial: Trial): Reason {
  return {
    subscriptionId: subscription.id,
    kind: subscription.kind,
    words: subscription.words,
    since: subscription.watchingSince ?? '',
    match: subscription.kind === 'trial' ? { by: 'trial' } : conditionMatch(subscription, trial),
  };
}

function conditionMatch(subscription: DueSubscription, trial: Trial): Match {
  const { conceptId, conceptTerm, phrases, words } = subscription;
  return matchOf(trial, { conceptId, conceptTerm, phrases }) ?? { by: 'phrase', words };
}
