import { type DataTime, dataTimeOf } from '../age.ts';
import type { Change } from '../change.ts';
import type { DigestChange, NearestSite } from '../digest-change.ts';
import type { Match } from '../matching/topics.ts';
import type { FilterName } from '../subscriptions/filters.ts';
import type { Instant } from '../trial.ts';
import { statusBucket } from '../weight.ts';
import type { TrialCard } from './card.ts';
import { type Elsewhere, groupLinked } from './elsewhere.ts';
import { type Folded, foldChanges } from './fold.ts';
import { placeChange, type Whereabouts } from './near.ts';
import { netChanges, netOf } from './net.ts';
import { compareDigestChanges, compareDigestTrials, weighDigestChange } from './order.ts';
import { withoutRepeatedStatus, withoutUndoneStatus } from './status-beside.ts';

export type { TrialCard } from './card.ts';

/** Why a trial is in a digest: the subscription, its beginning, and what matched. */
export type Reason = {
  subscriptionId: number;
  kind: 'trial' | 'condition';
  /** What is followed, in the person's own words (the NCT number for a trial). */
  words: string;
  since: Instant;
  match: Match;
  /** Filters that the subscription sets but the record does not answer (M3). */
  unsaid?: FilterName[];
};
/** The list that brought a subscription: its name, the organization it is said to be from, and its owner's reason. */
export type ListReason = { name: string; organization: string; reason: string };

/**
 * `told`: a change of the trial. `entered`: the trial began to match, or was found late. `left`: it no longer
 * matches.
 */
export type ItemKind = 'told' | 'entered' | 'left';

/** One piece of news for a person, not reported yet. */
export type DigestItem = {
  changeId: number;
  position: number;
  subscriptionId: number;
  kind: ItemKind;
  detectedAt: Instant;
  /** The trial's version that the change came with. */
  version: number;
  change: Change;
};

/** The input of one person's digest. */
export type DigestInput = DataTime & {
  trials: {
    card: TrialCard;
    items: DigestItem[];
    reasons: Reason[];
    /**
     * Where the reader looks for sites, and the nearest one that recruits; absent if the reader named no
     * place.
     */
    near?: { whereabouts: Whereabouts; nearest: NearestSite | null };
    /** Its records in other registries (X8). */
    linked?: readonly TrialCard[];
  }[];
  now: Instant;
  timezone: string;
  /** Some changes have been held for a long time for an admin's decision (C12). */
  checking?: boolean;
};

/**
 * A composed digest: ordered, netted and folded, independent of language. Stored with the promise; mails are
 * rendered from it.
 */
export type Digest = DataTime & {
  trials: DigestTrial[];
  composedAt: Instant;
  timezone: string;
  checking?: boolean;
  /** Some of it waited for the reader's weekly limit: what was released up to this position. */
  waited?: number;
};

/** One trial in a digest. */
export type DigestTrial = {
  card: TrialCard;
  kind: ItemKind;
  /** In descending order of weight. */
  changes: DigestChange[];
  folded: Folded[];
  reasons: Reason[];
  /** Its records in other registries, with their news. */
  elsewhere?: Elsewhere[];
  /** The versions before and after these changes, for comparing them. Absent for a first version. */
  versions?: { from: number; to: number };
  /** Its number in links, if that differs from its place. */
  number?: number;
};

/**
 * Composes the digest of everything in `input`: net effect (D1), ordered by weight (D2), long lists folded.
 * Null if nothing is left to tell. Throws rather than leave anything out (D10).
 */
export function composeDigest(input: DigestInput): Digest | null {
  return composeWeighed(input)?.digest ?? null;
}

/** The same, with the weight that each of its trials has in the order. */
export function composeWeighed(input: DigestInput): { digest: Digest; weights: number[] } | null {
  const trials = input.trials.flatMap(({ card, items, reasons, near, linked = [] }) => {
    const net = netItems(items, reasons);
    if (net === null) return [];
    const isOpen = statusBucket(card.status) === 'opened';
    const changes = withoutUndoneStatus(withoutRepeatedStatus(net.changes, card))
      .map((change) => (near ? placeChange(change, near) : { change, isFar: false }))
      .toSorted((one, other) => compareDigestChanges(one.change, other.change, isOpen));
    const trial: DigestTrial = {
      card,
      kind: net.kind,
      ...foldChanges(changes),
      reasons,
      ...versionsOf(items),
    };
    return [
      { trial, linked, weight: Math.max(...changes.map(({ change }) => weighDigestChange(change, isOpen))) },
    ];
  });
  if (trials.length === 0) return null;
  const grouped = groupLinked(
    trials.toSorted(compareWeighed).map(({ trial }) => trial),
    new Map(trials.map(({ trial, linked }) => [trial, linked])),
  );
  const weightOf = new Map(trials.map(({ trial, weight }) => [trial.card, weight]));
  const digest = {
    trials: grouped,
    ...dataTimeOf(
      input,
      new Set(
        trials.flatMap(({ trial, linked = [] }) => [trial.card, ...linked]).map(({ registry }) => registry),
      ),
    ),
    composedAt: input.now,
    timezone: input.timezone,
    ...(input.checking ? { checking: true } : {}),
  };
  return { digest, weights: grouped.map(({ card }) => weightOf.get(card) ?? 0) };
}

/** Orders the trials of a digest. */
export function compareWeighed(
  one: { trial: DigestTrial; weight: number },
  other: { trial: DigestTrial; weight: number },
): number {
  return other.weight - one.weight || compareDigestTrials(one.trial, other.trial);
}

/** The net effect of a trial's items; null if nothing remains. */
function netItems(
  items: readonly DigestItem[],
  reasons: readonly Reason[],
): { kind: ItemKind; changes: Change[] } | null {
  const ordered = items.toSorted((one, other) => one.position - other.position);
  const told = ordered.filter((item) => item.kind === 'told');
  const changes = netChanges(told.map((item) => item.change));
  const registered = changes.find((change) => change.kind === 'registered');
  // The card holds the present values, so it includes changes after the registration.
  if (registered) return { kind: 'told', changes: [registered] };
  if (told.some((item) => item.change.kind === 'registered')) return null;

  const moves = ordered.filter((item) => item.kind !== 'told');
  const [firstMove] = moves;
  const lastMove = moves.at(-1);
  if (!firstMove || !lastMove) return changes.length > 0 ? { kind: 'told', changes } : null;
  const known =
    reasons.some((reason) => reason.kind === 'trial') ||
    told.some((item) => item.subscriptionId !== firstMove.subscriptionId);
  const membership: Change = { facet: 'registration', kind: lastMove.kind, before: null, after: null };
  if (firstMove.kind === 'entered' && !known) {
    const gone = changes.some((change) => change.kind === 'removed');
    return lastMove.kind === 'entered' && !gone ? { kind: 'entered', changes: [membership] } : null;
  }
  if (firstMove.kind !== lastMove.kind || (firstMove.kind === 'entered' && changes.length > 0))
    return changes.length > 0 ? { kind: 'told', changes } : null;
  return { kind: lastMove.kind, changes: [...changes, membership] };
}

/**
 * Traces one of a trial's items: it is told, it is part of another told item, or it was cancelled by a later
 * change.
 */
export function traceItem(
  items: readonly DigestItem[],
  reasons: readonly Reason[],
  changeId: number,
): 'told' | 'part' | 'cancelled' {
  const net = netItems(items, reasons);
  const item = items.find((one) => one.changeId === changeId);
  if (net === null || !item) return 'cancelled';
  if (item.kind !== 'told') {
    const moves = new Set(items.flatMap(({ kind }) => (kind === 'told' ? [] : [kind])));
    if (net.changes.some(({ kind }) => kind === item.kind)) return 'told';
    return moves.size > 1 ? 'cancelled' : 'part';
  }
  if (net.kind === 'entered') return 'part';
  if (net.changes.some(({ kind }) => kind === 'registered'))
    return item.change.kind === 'registered' ? 'told' : 'part';
  const told = items.filter(({ kind }) => kind === 'told').toSorted((a, b) => a.position - b.position);
  return netOf(
    item.change,
    told.map(({ change }) => change),
  ).length > 0
    ? 'told'
    : 'cancelled';
}

/** The version before the first of these changes, and the version of the last. */
function versionsOf(items: DigestItem[]): Pick<DigestTrial, 'versions'> {
  const versions = items.map(({ version }) => version);
  const from = Math.min(...versions) - 1;
  return from >= 1 ? { versions: { from, to: Math.max(...versions) } } : {};
}
