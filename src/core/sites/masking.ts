import type { Site } from '../trial.ts';
import type { Cards, SiteCard } from './judge.ts';
import { readSiteName } from './name.ts';
import { readPlace, relatePlaces } from './place.ts';

/** What became of one site, by positions in the two lists. */
export type SitePair =
  | { kind: 'equal' | 'paired'; before: number; after: number; phrase: string }
  | { kind: 'gone' | 'masked'; before: number; after: null; phrase: string }
  | { kind: 'arrived' | 'unmasked'; before: null; after: number; phrase: string };

/** A list counts as masked when this share of its entries has no name, and as named when at most the other has. */
const maskedShare = 0.7;
const namedShare = 0.4;

/**
 * What became of the entries without a partner. When a sponsor masks a whole list (56 named sites became 39
 * "Research Site", one for each city), an entry without a name stands for all that were at its place: those are
 * `masked`, not gone; the reverse is `unmasked`. An entry without a name that stands for nobody's place came or left.
 */
export function findMasking(
  before: readonly Site[],
  after: readonly Site[],
  open: { before: number[]; after: number[] },
  cards: Cards,
): SitePair[] {
  const flip = findFlip(before, after, cards);
  const gone = open.before.map((index): SitePair => {
    return flip !== null && isCovered(cards.before.get(index), after, flip === 'masked')
      ? { kind: 'masked', before: index, after: null, phrase: phrases[flip] }
      : { kind: 'gone', before: index, after: null, phrase: 'no entry fits it any more' };
  });
  const arrived = open.after.map((index): SitePair => {
    return flip !== null && isCovered(cards.after.get(index), before, flip === 'unmasked')
      ? { kind: 'unmasked', before: null, after: index, phrase: phrases[flip] }
      : { kind: 'arrived', before: null, after: index, phrase: 'no entry fitted it before' };
  });
  return [...gone, ...arrived];
}

const phrases = {
  masked: 'the whole list lost its names; an entry stands for this place',
  unmasked: 'the whole list got names; an entry stood for this place',
};

/** Whether the whole list lost or got its names with this step. */
function findFlip(
  before: readonly Site[],
  after: readonly Site[],
  cards: Cards,
): 'masked' | 'unmasked' | null {
  const isWhole = cards.before.size * 2 >= before.length && cards.after.size * 2 >= after.length;
  if (!isWhole) return null;
  const [was, is] = [anonymousShare(before), anonymousShare(after)];
  if (was <= namedShare && is >= maskedShare) return 'masked';
  return was >= maskedShare && is <= namedShare ? 'unmasked' : null;
}

function anonymousShare(sites: readonly Site[]): number {
  if (sites.length === 0) return 0.5;
  const anonymous = sites.filter((site) => readSiteName(site).anonymous);
  return anonymous.length / sites.length;
}

/** Whether an entry at the place of `card` is on the other side, and one of the two has no name: the other, or its own. */
function isCovered(card: SiteCard | undefined, others: readonly Site[], otherIsMasked: boolean): boolean {
  if (!card || (!otherIsMasked && !card.name.anonymous)) return false;
  return others.some((other) => {
    if (otherIsMasked && !readSiteName(other).anonymous) return false;
    const relation = relatePlaces(card.place, readPlace(other));
    return relation === 'same' || relation === 'similar';
  });
}
