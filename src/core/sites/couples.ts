import { zipKeys } from './block-keys.ts';
import { type Block, findBlocks, type Open } from './blocks.ts';
import type { Sides } from './candidates.ts';
import type { Cards } from './cards.ts';
import { isRenumbered, nameSimilarity, type SiteCard } from './judge.ts';
import type { SiteName } from './name.ts';
import { isCitySpelledAlike, isUncertain, kmBetween, relatePlaces, relateZips } from './place.ts';
import { isSameWord, isTelling } from './similarity.ts';

/** Two entries that are one site, with the reason. */
export type Couple = { before: number; after: number; phrase: string };

/**
 * Pairs entries that are one site only by elimination: one left and one came, and no other entry explains
 * either. Recorded updates rename a site at its postcode, correct its city or write its region; no hospital
 * was seen to leave a trial while its neighbour joined.
 */
export function findCouples(open: Open, cards: Sides): Couple[] {
  const couples: Couple[] = [];
  let rest = open;
  for (const find of [findMisplaced, findAtOnePostcode, findInRegion]) {
    const found = find(rest, cards);
    couples.push(...found);
    const [rows, columns] = [new Set(found.map((c) => c.before)), new Set(found.map((c) => c.after))];
    rest = {
      before: rest.before.filter((row) => !rows.has(row)),
      after: rest.after.filter((column) => !columns.has(column)),
    };
  }
  return couples;
}

/** A name of this length is not shared by chance. */
const longName = 18;

/** Beyond this distance another city is another place, unless both are in one state. */
const farKm = 100;

/**
 * Finds entries with one long name whose city, state or postcode was mistyped. A name at several places
 * identifies none.
 */
function findMisplaced(open: Open, cards: Sides): Couple[] {
  const key = ({ name, nameKey }: SiteCard) => (name.compact.length < longName ? null : nameKey);
  const couples = onlyCouples(open, cards, key).filter(([a, b]) =>
    hasOneMistake(cards.before.at(a), cards.after.at(b)),
  );
  if (couples.length === 0) return [];
  const [before, after] = [countNames(cards.before), countNames(cards.after)];
  return couples.flatMap(([row, column]) => {
    const name = cards.before.at(row).name.compact;
    if (before.get(name) !== 1 || after.get(name) !== 1) return [];
    return [{ before: row, after: column, phrase: 'same name, one part of its place spelled wrong' }];
  });
}

function countNames(side: Cards): Map<string, number> {
  const counts = new Map<string, number>();
  for (let index = 0; index < side.sites.length; index++) {
    const { compact } = side.at(index).name;
    counts.set(compact, (counts.get(compact) ?? 0) + 1);
  }
  return counts;
}

/** Whether at most one of city, state and postcode differs, so that it was probably mistyped. */
function hasOneMistake({ place: a }: SiteCard, { place: b }: SiteCard): boolean {
  const zips = relateZips(a, b);
  const isOneState = a.state === '' || b.state === '' || a.state === b.state;
  if (a.city === b.city) return zips === 'alike' || zips === 'unknown';
  if (isCitySpelledAlike(a.city, b.city)) return isOneState && zips !== 'different';
  const km = kmBetween(a, b);
  const isClose = (a.state !== '' && a.state === b.state) || km === null || km < farKm;
  return isOneState && isClose && zips === 'unknown';
}

/**
 * The maximum number of sites that leave and come at one postcode and still count as the same sites under new
 * names.
 */
const mostAtPostcode = 3;
const shortestZip = 3;

function findAtOnePostcode(open: Open, cards: Sides): Couple[] {
  const key = ({ place }: SiteCard) => {
    const [zip = ''] = zipKeys(place.zip).toReversed();
    return zip.length < shortestZip ? null : `${place.country} ${zip}`;
  };
  const groups = groupOpen(open, cards, key).filter(
    ({ before, after }) => before.length === after.length && before.length <= mostAtPostcode,
  );
  if (groups.length === 0) return [];
  const others = otherNamesAt(open, cards, key);
  return groups.flatMap(({ before, after, key: place }) => {
    const left = [...after];
    return before.flatMap((row) => {
      const was = cards.before.at(row);
      const [best] = left
        .filter((column) => mayBeRenamed(was, cards.after.at(column), others.get(place) ?? []))
        .sort((a, b) => nameSimilarity(was, cards.after.at(b)) - nameSimilarity(was, cards.after.at(a)));
      if (best === undefined) return [];
      left.splice(left.indexOf(best), 1);
      return [{ before: row, after: best, phrase: 'one left and one came at this postcode' }];
    });
  });
}

/** Named entries that stay, by postcode. */
function otherNamesAt(
  open: Open,
  cards: Sides,
  key: (card: SiteCard) => string | null,
): Map<string, SiteCard[]> {
  const others = new Map<string, SiteCard[]>();
  const gone = new Set(open.after);
  for (let index = 0; index < cards.after.sites.length; index++) {
    const card = cards.after.at(index);
    const place = gone.has(index) ? null : key(card);
    if (place === null || card.name.anonymous) continue;
    const found = others.get(place);
    if (found) found.push(card);
    else others.set(place, [card]);
  }
  return others;
}

/** Whether one site may have both names, even if they are not alike. */
function mayBeRenamed(was: SiteCard, is: SiteCard, others: readonly SiteCard[]): boolean {
  if (relatePlaces(was.place, is.place) !== 'same' || relateZips(was.place, is.place) !== 'same')
    return false;
  if (isRenumbered(was.name, is.name) || hasContraryMarks(was, is) || isBackwards(was, is)) return false;
  // If the record lists other hospitals at this postcode, a name without a common word may be another one.
  return others.length === 0 || was.name.anonymous || is.name.anonymous || shareWord(was, is);
}

function shareWord(a: SiteCard, b: SiteCard): boolean {
  const words = b.name.words.tokens;
  return a.name.words.tokens.some(
    (word) => isTelling(word) && !a.name.local.has(word) && words.some((other) => isSameWord(word, other)),
  );
}

/** Marks that contradict each other: first and second, north and south, children and women. */
const contraries = [
  /^(?:\d+(?:st|nd|rd|th)|[ivx]{2,4})$/,
  /^(?:north|south|east|west)(?:ern)?$/,
  /^(?:children|women|va)$/,
];

function hasContraryMarks({ name: a }: SiteCard, { name: b }: SiteCard): boolean {
  const differ = (one: string[], other: string[]) =>
    one.length > 0 && other.length > 0 && one.every((mark) => !other.includes(mark));
  const marksOf = ({ words }: SiteName) => words.marks.replace(/pa?ediatric/g, 'children').split(' ');
  const [left, right] = [marksOf(a), marksOf(b)];
  const isContrary = contraries.some((kind) =>
    differ(
      left.filter((mark) => kind.test(mark)),
      right.filter((mark) => kind.test(mark)),
    ),
  );
  return isContrary || (a.words.digits !== '' && b.words.digits !== '' && a.words.digits !== b.words.digits);
}

const ended: ReadonlySet<string | null> = new Set(['COMPLETED', 'TERMINATED', 'WITHDRAWN']);
const starting: ReadonlySet<string | null> = new Set(['NOT_YET_RECRUITING', 'RECRUITING']);

/** Whether the statuses exclude one site: a site that ended does not start again under another name. */
function isBackwards({ site: was }: SiteCard, { site: is }: SiteCard): boolean {
  return ended.has(was.status) && starting.has(is.status);
}

/**
 * Finds entries without a name whose city was replaced by its region or written in another script, while the
 * postcode is missing.
 */
function findInRegion(open: Open, cards: Sides): Couple[] {
  const key = (card: SiteCard) => (card.name.anonymous ? `${card.place.country} ${card.name.number}` : null);
  return onlyCouples(open, cards, key).flatMap(([row, column]) => {
    const [was, is] = [cards.before.at(row).place, cards.after.at(column).place];
    const km = kmBetween(was, is);
    const zips = relateZips(was, is);
    if (was.city === '' || is.city === '' || zips === 'different' || zips === 'alike') return [];
    if (relatePlaces(was, is) !== 'near' || !isUncertain(was, is) || (km !== null && km > farKm)) return [];
    return [{ before: row, after: column, phrase: 'no name before or after, its region for its city' }];
  });
}

/** Groups the open entries of both lists by key, in the order of the first list. */
function groupOpen(open: Open, cards: Sides, keyOf: (card: SiteCard) => string | null): Block[] {
  return findBlocks(open, (side, index) => {
    const key = keyOf(cards[side].at(index));
    return key === null ? [] : [key];
  });
}

/** Couples the open entries whose key is unique in each list. */
function onlyCouples(open: Open, cards: Sides, keyOf: (card: SiteCard) => string | null): [number, number][] {
  return groupOpen(open, cards, keyOf).flatMap(({ before: [row, ...rows], after: [column, ...columns] }) =>
    row === undefined || column === undefined || rows.length + columns.length > 0 ? [] : [[row, column]],
  );
}
