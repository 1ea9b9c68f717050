import { loosePlaceKeys, placeKeys } from './block-keys.ts';
import type { Open } from './blocks.ts';
import type { Sides } from './candidates.ts';
import type { Cards } from './cards.ts';
import { nameSimilarity, type SiteCard } from './judge.ts';
import { relatePlaces, relateZips } from './place.ts';
import { isExtended } from './similarity.ts';
import type { SitePair } from './sites.ts';

/** The minimum share of placeholders in a masked list, and the maximum share in a named one. */
const maskedShare = 0.7;
const namedShare = 0.4;

/** The entries without a partner, of registries whose organisations have ids: nothing stands for them. */
export function leaveRest({ before, after }: Open): SitePair[] {
  return [...before.map((at) => gone(at)), ...after.map((at) => arrived(at))];
}

const gone = (before: number): SitePair => ({
  kind: 'gone',
  before,
  after: null,
  phrase: 'no entry fits it any more',
});

const arrived = (after: number): SitePair => ({
  kind: 'arrived',
  before: null,
  after,
  phrase: 'no entry fitted it before',
});

/**
 * Explains the entries without a partner. If a sponsor masks a whole list (56 named sites became 39 "Research
 * Site", one per city), a placeholder stands for all entries at its place: those are `masked`, not gone; the
 * reverse is `unmasked`. An additional row of a place that the other list also has is `still-listed` or
 * `listed-before`. All others left or came. `isWhole`: at least half of both lists changed.
 */
export function explainRest(open: Open, cards: Sides, isWhole: boolean): SitePair[] {
  const flip = isWhole ? findFlip(cards) : null;
  const standForGone = findStandIns(open.before, cards.before, cards.after, flip);
  const standForNew = findStandIns(
    open.after,
    cards.after,
    cards.before,
    flip === null ? null : opposite[flip],
  );
  const left = open.before.map((before): SitePair => {
    const card = cards.before.at(before);
    const rows = standForGone.sameSite(card);
    if (rows.length > 0)
      return {
        kind: 'still-listed',
        before,
        after: null,
        standIns: rows,
        phrase: 'its place is still listed',
      };
    const masks = standForGone.atPlace(card);
    return masks.length > 0
      ? { kind: 'masked', before, after: null, standIns: masks, phrase: phrases[flip ?? 'masked'] }
      : gone(before);
  });
  const came = open.after.map((after): SitePair => {
    const card = cards.after.at(after);
    const rows = standForNew.sameSite(card);
    if (rows.length > 0)
      return {
        kind: 'listed-before',
        before: null,
        after,
        standIns: rows,
        phrase: 'its place was listed before',
      };
    const masks = standForNew.atPlace(card);
    return masks.length > 0
      ? { kind: 'unmasked', before: null, after, standIns: masks, phrase: phrases[flip ?? 'unmasked'] }
      : arrived(after);
  });
  return [...left, ...came];
}

const phrases = {
  masked: 'the whole list lost its names; an entry stands for this place',
  unmasked: 'the whole list got names; an entry stood for this place',
};

/** Whether the whole list was masked or unmasked between the versions. */
function findFlip(cards: Sides): 'masked' | 'unmasked' | null {
  const [was, is] = [placeholderShare(cards.before), placeholderShare(cards.after)];
  if (was <= namedShare && is >= maskedShare) return 'masked';
  return was >= maskedShare && is <= namedShare ? 'unmasked' : null;
}

function placeholderShare(side: Cards): number {
  if (side.sites.length === 0) return 0.5;
  return side.sites.filter((_site, index) => side.at(index).name.anonymous).length / side.sites.length;
}

type StandIns = {
  /** Returns the rows of the same site in the other list. */
  sameSite: (card: SiteCard) => number[];
  /** Returns the entries of the other list at the same place, if one of the two is a placeholder. */
  atPlace: (card: SiteCard) => number[];
};

/** At most this many rows are examined for one place. */
const mostRows = 24;

/** Names of this similarity at one postcode are one hospital. */
const sameHospital = 0.85;

/** The reverse of each change to a list. */
const opposite = { masked: 'unmasked', unmasked: 'masked' } as const;

/**
 * Finds entries of `others` that stand for the open entries of `cards`. `flip`: what happened to the names.
 */
function findStandIns(
  open: readonly number[],
  cards: Cards,
  others: Cards,
  flip: 'masked' | 'unmasked' | null,
): StandIns {
  const townKeys = (card: SiteCard) => (flip === null ? [] : [...placeKeys(card), ...loosePlaceKeys(card)]);
  const keysOf = (card: SiteCard) => [...rowKeys(card), ...zipKeys(card), ...townKeys(card)];
  const wanted = new Set<string>();
  for (const index of open) for (const key of keysOf(cards.at(index))) wanted.add(key);
  const byKey = new Map<string, number[]>();
  if (wanted.size > 0) {
    for (let index = 0; index < others.sites.length; index++) {
      for (const key of keysOf(others.at(index))) {
        const rows = byKey.get(key);
        if (rows === undefined && wanted.has(key)) byKey.set(key, [index]);
        else if (rows && rows.length < mostRows) rows.push(index);
      }
    }
  }
  const look = (keys: readonly string[], fits: (other: SiteCard) => boolean) => {
    const found = new Set<number>();
    for (const key of keys) {
      for (const index of byKey.get(key) ?? []) if (fits(others.at(index))) found.add(index);
    }
    return [...found];
  };
  return {
    sameSite: (card) => {
      const rows = look(rowKeys(card), (other) => isNear(card, other) && isOnePostcode(card, other));
      if (rows.length > 0 || card.name.anonymous) return rows;
      return look(zipKeys(card), (other) => isSameHospital(card, other));
    },
    atPlace: (card) => {
      const isNameless =
        flip === 'masked' ? (other: SiteCard) => other.name.anonymous : () => card.name.anonymous;
      return look(townKeys(card), (other) => isNameless(other) && isNear(card, other));
    },
  };
}

/** The keys that two rows of one site share: the name; for placeholders, the number or the whole text. */
function rowKeys({ name, nameKey, place }: SiteCard): string[] {
  if (nameKey !== null) return [nameKey];
  if (name.number !== null) return [`numbered row ${place.country} ${name.number}`];
  return place.zip === '' ? [] : [`placeholder ${name.compact} ${place.country} ${place.city} ${place.zip}`];
}

const zipKeys = ({ place }: SiteCard) => (place.zip === '' ? [] : [`zip ${place.country} ${place.zip}`]);

function isNear(card: SiteCard, other: SiteCard): boolean {
  const relation = relatePlaces(card.place, other.place);
  return relation === 'same' || relation === 'similar';
}

/**
 * Whether two entries have compatible postcodes. Different ones are two places, however alike the names: the
 * campuses of one hospital.
 */
function isOnePostcode(card: SiteCard, other: SiteCard): boolean {
  const zips = relateZips(card.place, other.place);
  return zips === 'same' || zips === 'unknown';
}

function isSameHospital(card: SiteCard, other: SiteCard): boolean {
  if (other.name.anonymous || !isNear(card, other)) return false;
  const alike = nameSimilarity(card, other);
  return alike >= sameHospital || (alike > 0 && isExtended(card.name.words.tokens, other.name.words.tokens));
}
