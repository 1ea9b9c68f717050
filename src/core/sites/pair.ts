import type { Site } from '../trial.ts';
import { assignPairs } from './assign.ts';
import { type BlockKeys, identityKeys, loosePlaceKeys, placeKeys } from './block-keys.ts';
import { CandidateSearch, type SiteCandidate } from './candidates.ts';
import { Cards } from './cards.ts';
import { findCouples } from './couples.ts';
import { type Judge, judgeSites, type SiteCard } from './judge.ts';
import { Pairing } from './pairing.ts';
import { readListing } from './placeholder.ts';
import type { SitePair } from './sites.ts';
import { explainRest, leaveRest } from './stand-ins.ts';
import { doAtOnce, type Steps } from './steps.ts';

/** Additional facts for pairing. */
export type PairOptions = {
  /** The trial's own names: sponsor, acronym, drugs. A site with such a name is a placeholder. */
  own?: () => readonly string[];
  judge?: Judge;
};

/** Up to this cost an entry is paired wherever it is, before others at its place are considered. */
const certainCost = 0.3;

/**
 * How many times to search a city that is too large to compare completely, each time with the open entries.
 */
const mostRounds = 4;

/**
 * Pairs the sites of two versions of a trial as multisets, by meaning and never by index: by the id of their
 * organisation if the registry gives one, else first equal entries, then by identity, then by place and name, where a placeholder fits any name at its place. Entries
 * without a partner left or came, unless another entry stands for their place. Every entry of both lists is
 * in exactly one pair, with a phrase that says why. The order of the lists makes no difference.
 */
export function pairSites(
  before: readonly Site[],
  after: readonly Site[],
  options: PairOptions = {},
): SitePair[] {
  return doAtOnce(pairSitesInSteps(before, after, options));
}

/** As `pairSites`, in steps: lists of thousands of sites take long. */
export function* pairSitesInSteps(
  before: readonly Site[],
  after: readonly Site[],
  { own = () => [], judge = judgeSites }: PairOptions = {},
): Steps<SitePair[]> {
  const pairing = new Pairing(before, after);
  pairing.pairByOrganisation();
  pairing.pairInPlace();
  pairing.pairByOnlyName();
  yield;
  pairing.pairIdentical();
  pairing.pairRespaced();
  if (pairing.isDone()) return pairing.pairs;
  if (pairing.isOpenKnown()) return [...pairing.pairs, ...leaveRest(pairing.open())];
  const listing = readListing([before, after], own());
  const cards = { before: new Cards(before, listing), after: new Cards(after, listing) };
  const { before: rows, after: columns } = pairing.open();
  const isWhole = rows.length * 2 >= before.length && columns.length * 2 >= after.length;
  yield;
  pairing.pairAlike(cards, compactName, foldedKey, 'same name and place, spelled differently');
  yield;
  pairing.pairAlike(cards, namelessCity, placeholderKey, 'no name before or after, at the same place');
  const search = new CandidateSearch(cards, judge);
  let candidates: SiteCandidate[] = [];
  const assign = function* (keys: BlockKeys, most: number): Steps<void> {
    candidates.push(...(yield* search.find(pairing.open(), keys)));
    yield;
    pairing.take(assignPairs(candidates.filter(({ cost }) => cost <= most)));
    candidates = candidates.filter((pair) => pairing.isOpen(pair));
    yield;
  };
  yield* assign(identityKeys, certainCost);
  for (let round = 0; round < mostRounds; round++) {
    const { length } = pairing.pairs;
    yield* assign(placeKeys, 1);
    if (!search.isPartial || pairing.pairs.length === length) break;
  }
  yield* assign(loosePlaceKeys, 1);
  pairing.take(
    findCouples(pairing.open(), cards).map(({ before: row, after: column, phrase }) => ({
      row,
      column,
      phrase,
    })),
  );
  yield;
  return [...pairing.pairs, ...explainRest(pairing.open(), cards, isWhole)];
}

const compactName = ({ name }: SiteCard) => name.compact;
const namelessCity = ({ name, town }: SiteCard) => (name.anonymous ? town.cityKey : null);

/** A named site's key in canonical spelling. */
function foldedKey({ name, town }: SiteCard): string | null {
  if (name.anonymous && name.number === null) return null;
  return `${town.cityKey}\n${town.state}\n${name.number}\n${name.compact}`;
}

/**
 * A key for placeholders at one postcode with one status. It does not matter which of several such entries is
 * paired.
 */
function placeholderKey({ name, place, town, site }: SiteCard): string | null {
  if (!name.anonymous || town.city === '') return null;
  return `${town.cityKey}\n${place.zip}\n${name.number}\n${site.status}`;
}
