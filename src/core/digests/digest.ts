import type { Change } from '../change.ts';
import type { DigestChange, NearestSite } from '../digest-change.ts';
import type { Match } from '../matching/topics.ts';
import type { FilterName } from '../subscriptions/filters.ts';
import type { Day, Instant, Trial } from '../trial.ts';
import { statusBucket, weighChange } from '../weight.ts';
import { type Folded, foldChanges } from './fold.ts';
import { placeChange, type Whereabouts } from './near.ts';
import { netChanges, netOf } from './net.ts';

/** What a mail or page needs to know of a trial beside what changed: its present state, without its long texts. */
export type TrialCard = Pick<
  Trial,
  | 'registry'
  | 'id'
  | 'title'
  | 'status'
  | 'lastKnownStatus'
  | 'whyStopped'
  | 'verifiedOn'
  | 'startDate'
  | 'primaryCompletionDate'
  | 'completionDate'
  | 'firstPostedOn'
  | 'lastUpdatePostedOn'
  | 'resultsPostedOn'
  | 'studyType'
  | 'phases'
  | 'enrollment'
  | 'sponsor'
  | 'conditions'
  | 'minimumAge'
  | 'maximumAge'
  | 'sex'
> & { siteCount: number; recruitingSiteCount: number; countries: string[] };

/** Why a trial is in a digest: what the person follows, since when, and what matched. */
export type Reason = {
  subscriptionId: number;
  kind: 'trial' | 'condition';
  /** What was followed, in the person's own words (the NCT number for a trial). */
  words: string;
  since: Instant;
  match: Match;
  /** What the subscription asks for and the record does not say (M3). */
  unsaid?: FilterName[];
};
/** `told`: a change of the trial. `entered`: the trial came to match, or was found late. `left`: it no longer matches. */
export type ItemKind = 'told' | 'entered' | 'left';

/** One thing a person has not been told yet. */
export type DigestItem = {
  changeId: number;
  position: number;
  subscriptionId: number;
  kind: ItemKind;
  detectedAt: Instant;
  /** The version of the trial that it came with. */
  version: number;
  change: Change;
};

export type DigestInput = {
  trials: {
    card: TrialCard;
    items: DigestItem[];
    reasons: Reason[];
    /** Where the reader looks for sites, and the nearest one that recruits; absent for who said nothing of it. */
    near?: { whereabouts: Whereabouts; nearest: NearestSite | null };
  }[];
  /** The registry's data day that the newest of these changes was read from, and when it was read. */
  dataDay: Day;
  readAt: Instant;
  now: Instant;
  timezone: string;
  /** Some changes are held back for long, for an admin to look at (C12). */
  checking?: boolean;
};

/** A composed digest: ordered, netted and folded, in no language yet. Stored with the promise and rendered from it. */
export type Digest = {
  trials: DigestTrial[];
  dataDay: Day;
  readAt: Instant;
  composedAt: Instant;
  timezone: string;
  checking?: boolean;
};

export type DigestTrial = {
  card: TrialCard;
  kind: ItemKind;
  /** Weightiest first. */
  changes: DigestChange[];
  folded: Folded[];
  reasons: Reason[];
  /** The versions that all of this lies between: what comparing them shows. Absent for a first version. */
  versions?: { from: number; to: number };
  /** Its number in links, once it differs from its place. */
  number?: number;
};

/** Below every other weight but UNKNOWN's: that a trial no longer matches is no news of the trial. */
const weightOfLeaving = 5;

/**
 * The digest of everything in `input`: net effect (D1), weightiest first (D2), long lists folded. Null when nothing
 * is left to tell. Throws rather than leave anything out (D10).
 */
export function composeDigest(input: DigestInput): Digest | null {
  const trials = input.trials.flatMap(({ card, items, reasons, near }) => {
    const net = netItems(items, reasons);
    if (net === null) return [];
    const isOpen = statusBucket(card.status) === 'opened';
    const changes = net.changes
      .map((change) => (near ? placeChange(change, near) : { change, isFar: false }))
      .toSorted((one, other) => compareChanges(one.change, other.change, isOpen));
    const trial: DigestTrial = {
      card,
      kind: net.kind,
      ...foldChanges(changes),
      reasons,
      ...versionsOf(items),
    };
    return [{ trial, weight: Math.max(...changes.map(({ change }) => weightOf(change, isOpen))) }];
  });
  if (trials.length === 0) return null;
  return {
    trials: trials
      .toSorted((a, b) => b.weight - a.weight || compareTrials(a.trial, b.trial))
      .map(({ trial }) => trial),
    dataDay: input.dataDay,
    readAt: input.readAt,
    composedAt: input.now,
    timezone: input.timezone,
    ...(input.checking ? { checking: true } : {}),
  };
}

/** What a trial's items come to, or null for nothing. */
function netItems(
  items: readonly DigestItem[],
  reasons: readonly Reason[],
): { kind: ItemKind; changes: Change[] } | null {
  const ordered = items.toSorted((one, other) => one.position - other.position);
  const told = ordered.filter((item) => item.kind === 'told');
  const changes = netChanges(told.map((item) => item.change));
  const registered = changes.find((change) => change.kind === 'registered');
  // The card holds today's values: what came after the registration is in them.
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
 * What becomes of one of a trial's items: it is told; it is part of what is told of the trial, in other words; or it is
 * cancelled by what came back, or came to nothing.
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

/** The version before the first of these changes, and that of the last. */
function versionsOf(items: DigestItem[]): Pick<DigestTrial, 'versions'> {
  const versions = items.map(({ version }) => version);
  const from = Math.min(...versions) - 1;
  return from >= 1 ? { versions: { from, to: Math.max(...versions) } } : {};
}

/** A site of a trial that takes nobody in now, `isOpen` false, is none that recruits, whatever is said of it alone. */
function weightOf(change: DigestChange, isOpen: boolean): number {
  if (change.kind === 'left') return weightOfLeaving;
  return weighChange(change.site && !isOpen ? { ...change, after: null } : change);
}

function compareChanges(one: DigestChange, other: DigestChange, isOpen: boolean): number {
  return (
    weightOf(other, isOpen) - weightOf(one, isOpen) ||
    (one.isMine ? weightAnywhere(other, isOpen) - weightAnywhere(one, isOpen) : 0) ||
    distanceOf(one) - distanceOf(other) ||
    compareText(placeOf(one), placeOf(other))
  );
}

/** Where two sites weigh the same for where they are, what became of them decides. */
function weightAnywhere({ near: _, isMine: __, ...change }: DigestChange, isOpen: boolean): number {
  return weightOf(change, isOpen);
}

function compareTrials(one: DigestTrial, other: DigestTrial): number {
  const distance = ({ changes }: DigestTrial) => (changes[0] ? distanceOf(changes[0]) : 0);
  return distance(one) - distance(other) || compareText(other.card.id, one.card.id);
}

function distanceOf({ near }: DigestChange): number {
  return near?.km ?? 0;
}

function placeOf({ site }: Change): string {
  return site ? [site.country, site.city, site.facility].join('\n') : '';
}

/** By code unit: the same everywhere, whatever the language. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
