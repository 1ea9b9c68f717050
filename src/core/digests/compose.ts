import type { Change } from '../change.ts';
import { type Match, matchOf } from '../matching/topics.ts';
import { passesFilters, type SubscriptionFilters } from '../subscriptions/filters.ts';
import type { Day, Instant, Trial } from '../trial.ts';
import { cardOf } from './card.ts';
import {
  composeDigest,
  type Digest,
  type DigestItem,
  type ItemKind,
  type Reason,
  type TrialCard,
} from './digest.ts';
import { nearestRecruiting, whereaboutsOf } from './near.ts';
import { isOvertaken } from './net.ts';

/** What decides which changes a subscription brings. */
export type FollowedSubscription = {
  id: number;
  kind: 'trial' | 'condition';
  /** What was followed, in the person's own words. */
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  phrases: string[];
  topics: string[];
  filters: SubscriptionFilters;
  /** Null while its baseline is not stored: then it is told nothing yet. */
  watchingSince: Instant | null;
};

/** A released change that a due subscription's topics reach and the person was not told yet. */
export type Candidate = {
  subscriptionId: number;
  subscriberId: number;
  changeId: number;
  position: number;
  trialId: number;
  version: number;
  change: Change;
  otherTopics: string[] | null;
  detectedAt: Instant;
  /** Later changes of the same trial and facet that the person was told, through another subscription, with the mail of each. */
  toldLater?: ToldLater[] | null;
};
export type ToldLater = { digestId: number; change: Change };

/** What digests are composed from: trials as they are told, and by `trialId/version` how those were before. */
export type DigestInputs = { trials: Map<number, Trial>; before: Map<string, Trial> };

/** What a digest settles: a change, by which subscription, and as what. */
export type ComposedItem = { changeId: number; subscriptionId: number; kind: ItemKind };

/** Why a subscription is not told of a change that reaches it: not of its kind, told newer news already, or its filters. */
export type Refusal = 'known' | 'trial-only' | 'condition-only' | 'grew-old' | 'overtaken' | 'filters';

const cards = new WeakMap<Trial, TrialCard>();

/** The card of a trial in memory, made once: many people may be told of it. */
function cardOnce(trial: Trial): TrialCard {
  const card = cards.get(trial) ?? cardOf(trial);
  cards.set(trial, card);
  return card;
}

/** One person's digest, null when nothing is left to tell, and every change it settles. */
export function composeFor(
  candidates: readonly Candidate[],
  follows: ReadonlyMap<number, FollowedSubscription>,
  material: DigestInputs,
  how: { now: Instant; timezone: string; dataDay: Day; readAt: Instant; checking?: boolean },
): { content: Digest | null; items: ComposedItem[] } {
  const settled = new Map<number, ComposedItem>();
  const told: Parameters<typeof composeDigest>[0]['trials'] = [];
  for (const [trialId, ofTrial] of Map.groupBy(candidates, (candidate) => candidate.trialId)) {
    const trial = material.trials.get(trialId);
    if (!trial) throw new Error(`trial ${trialId} was not loaded`);
    const { items, reasons, filters } = itemsOf(ofTrial, follows, trial, material);
    if (items.length === 0) continue;
    const whereabouts = whereaboutsOf(filters);
    const near = whereabouts && { whereabouts, nearest: nearestRecruiting(trial, whereabouts) };
    told.push({ card: cardOnce(trial), items, reasons, ...(near ? { near } : {}) });
    for (const { changeId, subscriptionId, kind } of items)
      settled.set(changeId, { changeId, subscriptionId, kind });
  }
  if (told.length === 0) return { content: null, items: [] };
  return { content: composeDigest({ trials: told, ...how }), items: [...settled.values()] };
}

/** What of one trial's candidates is told, in the order of release, and why: each change once, whatever reached it. */
export function itemsOf(
  candidates: readonly Candidate[],
  follows: ReadonlyMap<number, FollowedSubscription>,
  trial: Trial,
  material: Pick<DigestInputs, 'before'>,
): { items: DigestItem[]; reasons: Reason[]; filters: SubscriptionFilters[] } {
  const items = new Map<number, DigestItem>();
  const reasons: Reason[] = [];
  const filters: SubscriptionFilters[] = [];
  for (const [id, wanted] of Map.groupBy(candidates, (candidate) => candidate.subscriptionId)) {
    const follow = follows.get(id);
    if (!follow) continue;
    const judged = judgeCandidates(follow, wanted, trial, material);
    const matched = [...judged.values()].filter((one) => typeof one !== 'string');
    if (matched.length === 0) continue;
    reasons.push(reasonFor(follow, trial));
    filters.push(follow.filters);
    for (const item of matched) if (items.get(item.changeId)?.kind !== 'told') items.set(item.changeId, item);
  }
  return { items: [...items.values()].sort((a, b) => a.position - b.position), reasons, filters };
}

/** Each of a trial's changes that reach one subscription, by the change's id: as it is told, or why it is not. */
export function judgeCandidates(
  follow: FollowedSubscription,
  candidates: readonly Candidate[],
  trial: Trial,
  material: Pick<DigestInputs, 'before'>,
): Map<number, DigestItem | Refusal> {
  const refused = candidates.map((one) => refusalOf(follow, one));
  const first = candidates[refused.indexOf(null)];
  const move = first ? moveOf(follow, first, trial, material) : null;
  return new Map(
    candidates.map((candidate, n): [number, DigestItem | Refusal] => {
      const { changeId, position, detectedAt, version, change } = candidate;
      const refusal = refused[n] ?? (move === 'out' ? 'filters' : null);
      if (refusal) return [changeId, refusal];
      const own = change.kind === 'entered' || change.kind === 'left' ? change.kind : 'told';
      const kind = own === 'told' && move !== 'out' && move !== null ? move : own;
      return [changeId, { changeId, position, subscriptionId: follow.id, kind, detectedAt, version, change }];
    }),
  );
}

/** What filters make of a trial's changes: it came inside, went outside, is outside as before; null for no difference. */
function moveOf(
  { filters }: FollowedSubscription,
  first: Candidate,
  trial: Trial,
  { before }: Pick<DigestInputs, 'before'>,
): 'entered' | 'left' | 'out' | null {
  if (Object.keys(filters).length === 0) return null;
  const earlier = before.get(`${first.trialId}/${first.version - 1}`);
  const { passes } = passesFilters(trial, filters);
  const passed = earlier ? passesFilters(earlier, filters).passes : passes;
  if (passes === passed) return passes ? null : 'out';
  return passes ? 'entered' : 'left';
}

function refusalOf(
  follow: FollowedSubscription,
  { change, otherTopics, toldLater }: Candidate,
): Refusal | null {
  const { kind } = change;
  if (kind === 'registered' || kind === 'entered' || kind === 'left') {
    if (follow.kind !== 'condition') return 'condition-only';
    if (otherTopics?.some((topic) => follow.topics.includes(topic))) return 'known';
  } else if (follow.kind === 'condition') {
    if (kind === 'removed' || kind === 'returned') return 'trial-only';
    // A condition's follower is not told of records that merely grew old (the contract's defaults).
    if (kind === 'status' && change.after === 'UNKNOWN') return 'grew-old';
  }
  return isToldSince(change, toldLater ?? []) ? 'overtaken' : null;
}

/** A paused or rarer subscription comes late with what another has told since: the earlier value is no news any more. */
export function isToldSince(change: Change, toldLater: readonly ToldLater[]): boolean {
  if (toldLater.length === 0) return false;
  const mails = Map.groupBy(toldLater, ({ digestId }) => digestId);
  return isOvertaken(
    change,
    [...mails.values()].map((mail) => mail.map((told) => told.change)),
  );
}

function reasonFor(follow: FollowedSubscription, trial: Trial): Reason {
  const { unknown } = passesFilters(trial, follow.filters);
  return {
    subscriptionId: follow.id,
    kind: follow.kind,
    words: follow.words,
    since: follow.watchingSince ?? '',
    match: matchFor(follow, trial) ?? { by: 'phrase', words: follow.words },
    ...(unknown.length > 0 ? { unsaid: unknown } : {}),
  };
}

/** How a trial matches what is followed; null when, as it stands now, it does not. A trial's own subscription always does. */
export function matchFor(follow: FollowedSubscription, trial: Trial): Match | null {
  return follow.kind === 'trial' ? { by: 'trial' } : matchOf(trial, follow);
}
