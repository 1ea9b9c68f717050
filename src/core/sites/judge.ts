import type { Site } from '../trial.ts';
import { readSiteName, type SiteName } from './name.ts';
import { type PlaceRelation, readPlace, relatePlaces, relateZips, type SitePlace } from './place.ts';
import { editSimilarity, wordSimilarity } from './similarity.ts';

/** A site read for pairing. `contacts` are only those that no other site of its version has. */
export type SiteCard = { site: Site; name: SiteName; place: SitePlace; contacts: string[] };

/** The cards of the entries still open, by position. */
export type Cards = { before: Map<number, SiteCard>; after: Map<number, SiteCard> };

/** What speaks for two entries being one site: the lower the cost the more. Null means they cannot be one. */
export type PairVerdict = { cost: number; phrase: string } | null;

/** Reads a site for pairing. */
export function readSiteCard(site: Site): SiteCard {
  return {
    site,
    name: readSiteName(site),
    place: readPlace(site),
    contacts: site.contacts,
  };
}

const placePhrase = { same: 'at the same place', similar: 'at a place spelled alike', near: 'nearby' };
const placeCost = { same: 0, similar: 0.1, near: 0.25 };

/** Below this likeness two names are two hospitals; nearby, or with other postcodes, they must be more alike. */
const likeness = { same: 0.65, similar: 0.7, near: 0.8 };

/** How much more alike they must be by what their postcodes say. */
const zipDemand = { same: 0, unknown: 0, alike: 0.05, different: 0.1 };

/** Judges whether two entries of two versions are one site. */
export function judgeSites(before: SiteCard, after: SiteCard): PairVerdict {
  const relation = relatePlaces(before.place, after.place);
  if (relation === 'far') return null;
  const found = byNumber(before, after, relation) ?? byName(before, after, relation);
  if (found === null) return null;
  const status = before.site.status === after.site.status ? 0 : 0.01;
  return { cost: found.cost + placeCost[relation] + zipCost(before, after) + status, phrase: found.phrase };
}

function zipCost(before: SiteCard, after: SiteCard): number {
  const relation = relateZips(before.place, after.place);
  return relation === 'different' ? 0.12 : relation === 'alike' ? 0.06 : relation === 'unknown' ? 0.03 : 0;
}

type Found = Exclude<PlaceRelation, 'far'>;

function byNumber(before: SiteCard, after: SiteCard, relation: Found): PairVerdict {
  const number = before.name.number;
  if (number === null || number !== after.name.number) return null;
  return { cost: 0.02, phrase: `same site number ${number} ${placePhrase[relation]}` };
}

function byName(before: SiteCard, after: SiteCard, relation: Found): PairVerdict {
  const renumbered =
    before.name.number !== null && after.name.number !== null && before.name.number !== after.name.number;
  const extra = renumbered ? 0.2 : 0;
  if (before.name.anonymous || after.name.anonymous) return byAnonymity(before, after, relation, extra);
  if (before.name.compact === after.name.compact) {
    const phrase = renumbered ? 'same name, other site number' : 'same name';
    return { cost: 0.05 + extra, phrase: `${phrase} ${placePhrase[relation]}` };
  }
  if (sharesContact(before, after)) return { cost: 0.3, phrase: `same contact ${placePhrase[relation]}` };
  const damaged = isDamaged(before, after);
  if (isOther(before.name, after.name) && !damaged) return null;
  const alike = nameSimilarity(before.name, after.name, damaged);
  const needed =
    likeness[relation] + (renumbered ? 0.1 : 0) + zipDemand[relateZips(before.place, after.place)];
  if (alike < needed) return null;
  const cost = 0.15 + 0.4 * (1 - alike) + extra;
  return { cost, phrase: `name alike (${alike.toFixed(2)}) ${placePhrase[relation]}` };
}

function byAnonymity(before: SiteCard, after: SiteCard, relation: Found, extra: number): PairVerdict {
  if (relation === 'near') return null;
  const zips = relateZips(before.place, after.place);
  if (before.name.anonymous && after.name.anonymous) {
    // Another number and another postcode: nothing is left that speaks for one site.
    if (extra > 0 && (zips === 'alike' || zips === 'different')) return null;
    return { cost: 0.4 + extra, phrase: `no name before or after, ${placePhrase[relation]}` };
  }
  if (zips === 'different') return null;
  const phrase = before.name.anonymous ? 'named' : 'its name was withheld';
  return { cost: 0.5 + extra, phrase: `${phrase}, ${placePhrase[relation]}` };
}

function sharesContact(before: SiteCard, after: SiteCard): boolean {
  return before.contacts.some((hash) => after.contacts.includes(hash));
}

/** Characters that a wrong encoding leaves: then marks may be debris. */
const damage = /[\u00c2\u00c3\u0102\u0103\u00e2\ufffd?]/;

function isDamaged(before: SiteCard, after: SiteCard): boolean {
  return damage.test(before.site.facility) || damage.test(after.site.facility);
}

/** Marks of two different places. */
function isOther(a: SiteName, b: SiteName): boolean {
  const [left, right] = [a.words, b.words];
  if (left.marks !== right.marks) return true;
  return left.digits !== '' && right.digits !== '' && left.digits !== right.digits;
}

/** How alike two facility names are, 0 to 1. `damaged` names are compared letter by letter as well. */
function nameSimilarity(a: SiteName, b: SiteName, damaged: boolean): number {
  const words = wordSimilarity(
    { tokens: a.words.tokens, local: a.local },
    { tokens: b.words.tokens, local: b.local },
  );
  const letters = damaged ? editSimilarity(a.compact, b.compact) : 0;
  return Math.max(words, letters >= 0.8 ? letters : 0);
}
