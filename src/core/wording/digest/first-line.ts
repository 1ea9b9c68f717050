import { statusIn } from '../../change.ts';
import type { DigestChange, Nearness } from '../../digest-change.ts';
import type { DigestTrial } from '../../digests/digest.ts';
import { statusBucket } from '../../weight.ts';
import { placeText } from '../near.ts';
import type { Wording } from '../wording.ts';

/**
 * The kinds of changes that the first line counts, in descending order of weight. Each trial counts once, by
 * its weightiest change.
 */
const firstKinds = [
  'opened',
  'access',
  'countries',
  'removed',
  'returned',
  'added',
  'paused',
  'stopped',
  'closed',
  'results',
  'finished',
  'dates',
  'sites',
  'other',
  'left',
  'unknown',
] as const;
type FirstKind = (typeof firstKinds)[number];

/** The present facts: trials counted by their weightiest change, those near a chosen place first (D9). */
export function firstFacts(wording: Wording, trials: DigestTrial[]): string[] {
  const counts = new Map<string, number>();
  const opened: Nearness[] = [];
  const added: Nearness[] = [];
  for (const trial of trials) {
    const { kind, near } = newsOf(trial);
    if (near) (kind === 'added' ? added : opened).push(near);
    else counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [
    ...nearFact(wording, opened, 'near.first', 'near.first.several'),
    ...nearFact(wording, added, 'near.first.added', 'near.first.added-several'),
    ...firstKinds.flatMap((kind) => {
      const count = counts.get(kind);
      return count === undefined ? [] : [wording.say(`digest.first.${kind}`, { count })];
    }),
  ];
}

/** A trial's news in short: the kind of its weightiest change, and the place if it is near a chosen one. */
function newsOf({ card, changes, folded }: DigestTrial): { kind: FirstKind; near: Nearness | null } {
  const [weightiest] = changes;
  const near = weightiest?.near ?? null;
  const kind = weightiest ? firstKind(weightiest) : folded[0]?.facet === 'sites' ? 'sites' : 'other';
  if (near && kind === 'added') return { kind, near };
  if (near && (kind === 'opened' || (weightiest?.after === 'RECRUITING' && isOpen(card.status))))
    return { kind: 'opened', near };
  return { kind, near: null };
}

/** The kind of news of each trial, as a heading over trials of one kind. */
export function headingsOf(wording: Wording, trials: readonly DigestTrial[]): string[] {
  return trials.map((trial) => wording.say(`digest.index.${newsOf(trial).kind}`));
}

/**
 * An index of a digest by kinds of news, in the order of their first trials: each kind with the numbers of its trials
 * (D9). Those near a chosen place are named apart.
 */
export function indexLines(wording: Wording, trials: readonly DigestTrial[]): string[] {
  const found = new Map<string, number[]>();
  for (const [at, trial] of trials.entries()) {
    const { kind, near } = newsOf(trial);
    const name = wording.say(`digest.index.${kind}`);
    const key = near
      ? wording.say('digest.index.near', { name, place: placeText(wording, near.place) })
      : name;
    found.set(key, [...(found.get(key) ?? []), at + 1]);
  }
  return [...found].map(([name, numbers]) =>
    wording.say('digest.index', { name, ...numbersInRuns(numbers) }),
  );
}

/** Numbers of trials for a message: “1, 3–7”, and how many they are. */
export function numbersInRuns(numbers: readonly number[]): { numbers: string; count: number } {
  const runs: [from: number, to: number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  const parts = runs.map(([from, to]) =>
    from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`,
  );
  return { numbers: parts.join(', '), count: numbers.length };
}

function nearFact(wording: Wording, near: Nearness[], key: string, keyOfSeveral: string): string[] {
  const [first] = near;
  if (!first) return [];
  const isOnePlace = near.every(({ place }) => place === first.place);
  const place = placeText(wording, first.place);
  return [wording.say(isOnePlace ? key : keyOfSeveral, { count: near.length, place })];
}

function isOpen(status: unknown): boolean {
  return statusBucket(status) === 'opened';
}

function firstKind({ facet, kind, after, basis, withTrial }: DigestChange): FirstKind {
  if (kind === 'removed' || kind === 'returned' || kind === 'left') return kind;
  if (facet === 'registration') return 'added';
  if (facet === 'expanded-access') return 'access';
  if (facet === 'results' || facet === 'dates' || facet === 'sites') return facet;
  if (facet === 'countries' && !withTrial) return facet;
  if (kind !== 'status' && !withTrial) return 'other';
  // "Not authorised" is no stop by the sponsor.
  if ((withTrial || basis === 'countries') && statusIn(after) === 'WITHDRAWN') return 'countries';
  if (after === 'AVAILABLE' || after === 'APPROVED_FOR_MARKETING') return 'access';
  const bucket = statusBucket(statusIn(after));
  return bucket === 'pending' || bucket === 'withheld' ? 'other' : bucket;
}
