import { statusIn } from '../change.ts';
import type { DigestChange, Nearness } from '../digest-change.ts';
import type { DigestTrial } from '../digests/digest.ts';
import { statusBucket } from '../weight.ts';
import { placeText } from './near.ts';
import type { Wording } from './wording.ts';

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

/** The present facts: trials counted by their weightiest change, those near a chosen place first (D9). */
export function firstFacts(wording: Wording, trials: DigestTrial[]): string[] {
  const counts = new Map<string, number>();
  const opened: Nearness[] = [];
  const added: Nearness[] = [];
  for (const { card, changes, folded } of trials) {
    const [weightiest] = changes;
    const near = weightiest?.near;
    const kind = weightiest ? firstKind(weightiest) : folded[0]?.facet === 'sites' ? 'sites' : 'other';
    if (near && kind === 'added') added.push(near);
    else if (near && (kind === 'opened' || (weightiest.after === 'RECRUITING' && isOpen(card.status))))
      opened.push(near);
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

function firstKind({ facet, kind, after, basis, withTrial }: DigestChange): (typeof firstKinds)[number] {
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
