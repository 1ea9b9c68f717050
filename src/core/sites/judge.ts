import type { Site } from '../trial.ts';
import type { SiteName } from './name.ts';
import { isOtherOrganisation } from './organisation.ts';
import {
  type PlaceRelation,
  relatePlaces,
  relateZips,
  type SitePlace,
  type Town,
  type ZipRelation,
} from './place.ts';
import { editSimilarity, wordSimilarity } from './similarity.ts';

/** A site prepared for pairing. `contacts` holds only contacts that no other site of its version has. */
export type SiteCard = {
  readonly site: Site;
  readonly name: SiteName;
  readonly place: SitePlace;
  readonly town: Town;
  readonly contacts: readonly string[];
  /** Country and name as one key, made once; null without a name. */
  readonly nameKey: string | null;
};

/**
 * How well two entries fit as one site: the lower the cost, the better, with the reason. Null: they cannot be
 * one site.
 */
export type PairVerdict = { cost: number; phrase: string } | null;

/** Judges whether two entries of two versions are one site. */
export type Judge = (before: SiteCard, after: SiteCard) => PairVerdict;

const placePhrase = { same: 'at the same place', similar: 'at a place spelled alike', near: 'nearby' };
const placeCost = { same: 0, similar: 0.1, near: 0.25 };
const zipCost = { same: 0, unknown: 0.03, alike: 0.06, different: 0.12 };

/**
 * Names below these similarities are two hospitals. The looser the relation of their places, the higher the
 * threshold.
 */
const likeness = { same: 0.65, similar: 0.7, near: 0.8 };
const zipDemand = { same: 0, unknown: 0, alike: 0.05, different: 0.1 };

const renumberedCost = 0.2;
const renumberedDemand = 0.1;

/** The relation of two entries, apart from their names. */
type Relation = { places: Found; zips: ZipRelation; isRenumbered: boolean };
type Found = Exclude<PlaceRelation, 'far'>;

/** Judges by organisation, number, name and contacts, at places that fit. */
export const judgeSites: Judge = (before, after) => {
  if (isOtherOrganisation(before.site, after.site)) return null;
  const places = relatePlaces(before.place, after.place);
  if (places === 'far') return null;
  const zips = relateZips(before.place, after.place);
  const relation = { places, zips, isRenumbered: isRenumbered(before.name, after.name) };
  const found = byNumber(before, after, relation) ?? byName(before, after, relation);
  if (found === null) return null;
  const status = before.site.status === after.site.status ? 0 : 0.01;
  return { cost: found.cost + placeCost[places] + zipCost[zips] + status, phrase: found.phrase };
};

/** Whether both names contain a site number, and the numbers differ. */
export function isRenumbered(before: SiteName, after: SiteName): boolean {
  return before.number !== null && after.number !== null && before.number !== after.number;
}

function byNumber({ name }: SiteCard, after: SiteCard, { places }: Relation): PairVerdict {
  if (name.number === null || name.number !== after.name.number) return null;
  return { cost: 0.02, phrase: `same site number ${name.number} ${placePhrase[places]}` };
}

function byName(before: SiteCard, after: SiteCard, relation: Relation): PairVerdict {
  const { places, zips } = relation;
  const extra = relation.isRenumbered ? renumberedCost : 0;
  if (before.name.anonymous || after.name.anonymous) return byAnonymity(before, after, relation);
  if (before.name.compact === after.name.compact) {
    const phrase = relation.isRenumbered ? 'same name, other site number' : 'same name';
    return { cost: 0.05 + extra, phrase: `${phrase} ${placePhrase[places]}` };
  }
  if (sharesContact(before, after)) return { cost: 0.3, phrase: `same contact ${placePhrase[places]}` };
  const needed = likeness[places] + (relation.isRenumbered ? renumberedDemand : 0) + zipDemand[zips];
  const alike = nameSimilarity(before, after);
  if (alike < needed) return null;
  const cost = 0.15 + 0.4 * (1 - alike) + extra;
  return { cost, phrase: `name alike (${alike.toFixed(2)}) ${placePhrase[places]}` };
}

function byAnonymity(
  before: SiteCard,
  after: SiteCard,
  { places, zips, isRenumbered }: Relation,
): PairVerdict {
  if (places === 'near') return null;
  // With another number and another postcode, there is no sign that it is one site.
  if (isRenumbered && (zips === 'alike' || zips === 'different')) return null;
  const extra = isRenumbered ? renumberedCost : 0;
  if (before.name.anonymous && after.name.anonymous)
    return { cost: 0.4 + extra, phrase: `no name before or after, ${placePhrase[places]}` };
  const phrase = before.name.anonymous ? 'named' : 'its name was withheld';
  const where = zips === 'different' ? 'at another postcode of the city' : placePhrase[places];
  return { cost: 0.5 + extra, phrase: `${phrase}, ${where}` };
}

function sharesContact(before: SiteCard, after: SiteCard): boolean {
  return before.contacts.some((hash) => after.contacts.includes(hash));
}

/** The similarity of two facility names, from 0 to 1. Damaged names are also compared letter by letter. */
export function nameSimilarity(before: SiteCard, after: SiteCard): number {
  const [a, b] = [before.name, after.name];
  const isDamaged = a.isDamaged || b.isDamaged;
  if (!isDamaged && hasOtherMarks(a, b)) return 0;
  const words = wordSimilarity(a.words, b.words);
  const letters = isDamaged ? editSimilarity(a.compact, b.compact) : 0;
  return Math.max(words, letters >= 0.8 ? letters : 0);
}

/** Whether the marks of two names belong to different places. */
function hasOtherMarks(a: SiteName, b: SiteName): boolean {
  const [left, right] = [a.words, b.words];
  if (left.marks !== right.marks) return true;
  return left.digits !== '' && right.digits !== '' && left.digits !== right.digits;
}
