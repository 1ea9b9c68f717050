import type { DataTime } from '../age.ts';
import type { Change } from '../change.ts';
import type { Match } from '../matching/topics.ts';
import { type Exclusion, isExcluded, matchBeside } from '../subscriptions/exclusions.ts';
import { passesFilters, type SubscriptionFilters } from '../subscriptions/filters.ts';
import type { Instant, Trial } from '../trial.ts';
import { cardOf } from './card.ts';
import {
  composeWeighed,
  type Digest,
  type DigestItem,
  type ItemKind,
  type Reason,
  type TrialCard,
} from './digest.ts';
import { nearestRecruiting, whereaboutsOf } from './near.ts';
import { isOvertaken } from './net.ts';
import { isToldElsewhere, type ToldElsewhere } from './same-fact.ts';

/** The parts of a subscription that decide which changes it brings. */
export type FollowedSubscription = {
  id: number;
  kind: 'trial' | 'condition';
  /** What is followed, in the person's own words. */
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  phrases: string[];
  topics: string[];
  filters: SubscriptionFilters;
  /** What the person said does not fit the condition. */
  exclusions?: readonly Exclusion[] | null;
  /** Null while its baseline is not stored: until then nothing is reported. */
  watchingSince: Instant | null;
};

/** A released change that matches a due subscription's topics and was not reported to the person yet. */
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
  /**
   * Later changes of the same trial and facet that another subscription reported to the person, each with its
   * digest.
   */
  notifiedLater?: NotifiedChange[] | null;
  /** What mails told the person of the trial's records in other registries shortly before. */
  toldElsewhere?: ToldElsewhere[];
};
/** A later change that was already reported, with its digest. */
export type NotifiedChange = { digestId: number; change: Change };

/**
 * The input of composing: the trials as mails show them, their earlier versions by `trialId/version`, and
 * their links.
 */
export type DigestInputs = {
  trials: Map<number, Trial>;
  before: Map<string, Trial>;
  /** The ids of each trial's records in other registries, which are in `trials` too. */
  links?: ReadonlyMap<number, readonly number[]>;
};

/** One entry that a digest settles: a change, its subscription, and its kind. */
export type ComposedItem = { changeId: number; subscriptionId: number; kind: ItemKind };

/**
 * Why a subscription does not report a change: it is not of its kind, newer news or the same fact of a linked
 * record was already sent, or the filters or the person exclude it.
 */
export type Refusal =
  | 'known'
  | 'trial-only'
  | 'condition-only'
  | 'grew-old'
  | 'overtaken'
  | 'told-elsewhere'
  | 'excluded'
  | 'filters';

const cards = new WeakMap<Trial, TrialCard>();

/** A trial's card, made once per trial in memory: many readers may get it. */
function cardOnce(trial: Trial): TrialCard {
  const card = cards.get(trial) ?? cardOf(trial);
  cards.set(trial, card);
  return card;
}

/** How a stored digest was composed, to compose it again. */
export function howOf({ trials: _, composedAt, checking = false, ...time }: Digest) {
  return { ...time, now: composedAt, checking };
}

/**
 * Composes one person's digest (null if nothing is left to tell), with the weights of its trials, and lists every
 * change it settles. News up to the position `waited` waited for the person's weekly limit; the digest says so if it
 * tells any.
 */
export function composeFor(
  candidates: readonly Candidate[],
  follows: ReadonlyMap<number, FollowedSubscription>,
  material: DigestInputs,
  how: DataTime & { now: Instant; timezone: string; checking?: boolean; waited?: number | null },
): { content: Digest | null; items: ComposedItem[]; weights?: number[] } {
  const settled = new Map<number, ComposedItem>();
  const told: Parameters<typeof composeWeighed>[0]['trials'] = [];
  for (const [trialId, ofTrial] of Map.groupBy(candidates, (candidate) => candidate.trialId)) {
    const trial = material.trials.get(trialId);
    if (!trial) throw new Error(`trial ${trialId} was not loaded`);
    const { items, reasons, filters } = itemsOf(ofTrial, follows, trial, material);
    if (items.length === 0) continue;
    const whereabouts = whereaboutsOf(filters);
    const near = whereabouts && { whereabouts, nearest: nearestRecruiting(trial, whereabouts) };
    const linked = (material.links?.get(trialId) ?? []).flatMap((id) => {
      const other = material.trials.get(id);
      return other ? cardOnce(other) : [];
    });
    told.push({ card: cardOnce(trial), items, reasons, ...(near ? { near } : {}), linked });
    for (const { changeId, subscriptionId, kind } of items)
      settled.set(changeId, { changeId, subscriptionId, kind });
  }
  if (told.length === 0) return { content: null, items: [] };
  const { digest, weights } = composeWeighed({ trials: told, ...how }) ?? { digest: null, weights: [] };
  const content = digest && markWaited(digest, told, how.waited ?? null);
  return { content, items: [...settled.values()], weights };
}

function markWaited(
  digest: Digest,
  told: readonly { card: TrialCard; items: DigestItem[] }[],
  waited: number | null,
): Digest {
  if (waited === null) return digest;
  const shown = new Set(
    digest.trials.flatMap(({ card, elsewhere = [] }) => [card, ...elsewhere.map((e) => e.card)]),
  );
  const isLate = told.some(
    ({ card, items }) => shown.has(card) && items.some(({ position }) => position <= waited),
  );
  return isLate ? { ...digest, waited } : digest;
}

/**
 * Selects the items to report among one trial's candidates, in the order of release. Each change is reported once,
 * however many subscriptions match it.
 */
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

/**
 * Judges each of a trial's candidates for one subscription, by change id: the kind of item, or the reason for
 * refusal.
 */
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
      const refusal = refused[n] ?? (move === 'filters' || move === 'excluded' ? move : null);
      if (refusal) return [changeId, refusal];
      const own = change.kind === 'entered' || change.kind === 'left' ? change.kind : 'told';
      const kind = own === 'told' && (move === 'entered' || move === 'left') ? move : own;
      return [changeId, { changeId, position, subscriptionId: follow.id, kind, detectedAt, version, change }];
    }),
  );
}

/**
 * How filters and exclusions see a trial's change: it entered, it left, or it stays outside because of one of them;
 * null if they make no difference.
 */
function moveOf(
  follow: FollowedSubscription,
  first: Candidate,
  trial: Trial,
  { before }: Pick<DigestInputs, 'before'>,
): 'entered' | 'left' | 'filters' | 'excluded' | null {
  if (!isNarrowed(follow)) return null;
  const earlier = before.get(`${first.trialId}/${first.version - 1}`) ?? null;
  const [now, then] = [judgeTrial(follow, trial, earlier), judgeTrial(follow, earlier ?? trial, trial)];
  if (now !== null && then !== null) return now;
  if (now === then) return null;
  return now === null ? 'entered' : 'left';
}

/** Whether filters or exclusions of a subscription can leave out a trial, so that its earlier version matters. */
export function isNarrowed({ kind, filters, exclusions }: FollowedSubscription): boolean {
  return Object.keys(filters).length > 0 || (kind === 'condition' && (exclusions?.length ?? 0) > 0);
}

/** What leaves out a version of a trial, if anything; one that does not match stays where the other one is. */
function judgeTrial(
  follow: FollowedSubscription,
  version: Trial,
  other: Trial | null,
): 'filters' | 'excluded' | null {
  if (!passesFilters(version, follow.filters).passes) return 'filters';
  if (follow.kind !== 'condition') return null;
  return (isExcluded(version, follow) ?? (other && isExcluded(other, follow))) ? 'excluded' : null;
}

function refusalOf(
  follow: FollowedSubscription,
  { change, otherTopics, notifiedLater, toldElsewhere }: Candidate,
): Refusal | null {
  const { kind } = change;
  if (kind === 'registered' || kind === 'entered' || kind === 'left') {
    if (follow.kind !== 'condition') return 'condition-only';
    if (otherTopics?.some((topic) => follow.topics.includes(topic))) return 'known';
  } else if (follow.kind === 'condition') {
    if (kind === 'removed' || kind === 'returned') return 'trial-only';
    // Followers of a condition get no news of records that only became UNKNOWN (the contract's default).
    if (kind === 'status' && change.after === 'UNKNOWN') return 'grew-old';
  }
  if (isNotifiedSince(change, notifiedLater ?? [])) return 'overtaken';
  return isToldElsewhere(change, toldElsewhere ?? []) ? 'told-elsewhere' : null;
}

/**
 * Whether another subscription has already reported something newer. A paused or rarer subscription comes later,
 * and its earlier value is no longer news.
 */
export function isNotifiedSince(change: Change, notifiedLater: readonly NotifiedChange[]): boolean {
  if (notifiedLater.length === 0) return false;
  const mails = Map.groupBy(notifiedLater, ({ digestId }) => digestId);
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

/**
 * How a trial matches a subscription; null if its present state does not. The subscription of a trial always
 * matches.
 */
export function matchFor(follow: FollowedSubscription, trial: Trial): Match | null {
  return follow.kind === 'trial' ? { by: 'trial' } : matchBeside(trial, follow);
}
