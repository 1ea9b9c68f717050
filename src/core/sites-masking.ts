import type { Cards, SiteCard } from './sites-judge.ts';
import { readSiteName } from './sites-name.ts';
import { readPlace, relatePlaces } from './sites-place.ts';
import type { Site } from './trial.ts';

/** What became of one site, by positions in the two lists. */
export type SitePair =
  | { kind: 'equal' | 'paired'; before: number; after: number; phrase: string }
  | { kind: 'gone' | 'masked'; before: number; after: null; phrase: string }
  | { kind: 'arrived' | 'unmasked'; before: null; after: number; phrase: string };

/** A list counts as masked when this share of its entries has no name, and as named when at most the other has. */
const maskedShare = 0.7;
const namedShare = 0.3;

/**
 * What became of the entries without a partner. When a sponsor masks a whole list (56 named sites became 39
 * "Research Site", one for each city), an entry without a name stands for all that were at its place: those are
 * `masked`, not gone; the reverse is `unmasked`.
 */
export function findMasking(
  before: readonly Site[],
  after: readonly Site[],
  open: { before: number[]; after: number[] },
  cards: Cards,
): SitePair[] {
  const isWhole = cards.before.size * 2 >= before.length && cards.after.size * 2 >= after.length;
  const [was, is] = isWhole ? [anonymousShare(before), anonymousShare(after)] : [0, 0];
  const masked = was <= namedShare && is >= maskedShare;
  const unmasked = was >= maskedShare && is <= namedShare;
  const gone = open.before.map((index): SitePair => {
    const hidden = masked && isCovered(cards.before.get(index), after);
    return hidden
      ? {
          kind: 'masked',
          before: index,
          after: null,
          phrase: 'the whole list lost its names; an entry stands for this place',
        }
      : { kind: 'gone', before: index, after: null, phrase: 'no entry fits it any more' };
  });
  const arrived = open.after.map((index): SitePair => {
    const shown = unmasked && isCovered(cards.after.get(index), before);
    return shown
      ? {
          kind: 'unmasked',
          before: null,
          after: index,
          phrase: 'the whole list got names; an entry stood for this place',
        }
      : { kind: 'arrived', before: null, after: index, phrase: 'no entry fitted it before' };
  });
  return [...gone, ...arrived];
}

function anonymousShare(sites: readonly Site[]): number {
  if (sites.length === 0) return 0.5;
  const anonymous = sites.filter((site) => readSiteName(site).anonymous);
  return anonymous.length / sites.length;
}

/** Whether an entry without a name on the other side is at the place of `card`. */
function isCovered(card: SiteCard | undefined, others: readonly Site[]): boolean {
  if (!card) return false;
  return others.some((other) => {
    if (!readSiteName(other).anonymous) return false;
    const relation = relatePlaces(card.place, readPlace(other));
    return relation === 'same' || relation === 'similar';
  });
}
