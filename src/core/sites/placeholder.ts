import { foldWords } from '../text/text.ts';
import type { Site } from '../trial.ts';
import { cutPlace, readTown, type Town } from './place.ts';
import { isTelling } from './similarity.ts';

/** Facts about the names in a record's lists. */
export type Listing = {
  /** Folded words of the sponsor, the trial and its drugs, which are not names of hospitals. */
  own: ReadonlySet<string>;
  /** Names that occur at many places, folded as `bareName` does. */
  repeated: ReadonlySet<string>;
};

/** A listing without facts. */
export const noListing: Listing = { own: new Set(), repeated: new Set() };

const kinds = 'sites?|institutions?|facility|facilities|locations?';
const study =
  'research|study|studies|trials?|investigational|investigative|investigators?|local|participating|recruiting|recruitment|enrolling|enrollment|selected';
const tail = '(?: (?:number|no|nr|id|code))?$';

const placeholderForms = [
  new RegExp(
    `^(?:\\p{L}+ ){0,4}investigat(?:ional|ive|or|ors) (?:(?:${study}|clinical) )*(?:${kinds}|cent(?:er|re)s?)(?: .*)?$`,
    'u',
  ),
  new RegExp(`^(?:${kinds})${tail}`, 'u'),
  new RegExp(`^(?:\\p{L}+ ){1,3}research (?:${kinds})$`, 'u'),
  /^site reference id\b/,
  /^(?:medical information )?call (?:for|cent(?:er|re))\b/,
  /^(?:please )?(?:for (?:additional|more|further|other|site)|contact|call|see|refer) .*\b(?:information|informations|sites?|study|trial|contact)\b/,
  /^(?:many|multiple(?! (?:sclerosis|myeloma)\b)|various|several|selected|numerous|other) (?:\p{L}+ )?(?:sites?|locations?|centers?|centres?|facilities)\b/u,
  /^(?:masked|confidential|undisclosed|not disclosed|not available|not provided|unknown|n a|na|tbd|to be determined|private practice)$/,
];

/** Matches names made only of words for studies and sites: `clinical site`, `study center`. */
const genericOnly = new RegExp(
  `^(?=.*\\b(?:${study}|clinical) )(?:(?:${study}|clinical|medical) )+(?:${kinds}|cent(?:er|re)s?)${tail}`,
);

/** Likewise beside words of a place, but without `research center`: a town may have one. */
const genericBesidePlace = new RegExp(
  `^(?:(?:(?:${study}|clinical|medical) )+(?:${kinds})|(?:study|studies|trials?|investigational) cent(?:er|re)s?)${tail}`,
);

/**
 * The ending of a name that many places of one record share: `CT-155 study center`. A chain of hospitals has
 * other words.
 */
const studySite = new RegExp(`\\b(?:${study}|clinical) (?:${kinds}|cent(?:er|re)s?)${tail}`);

/** A cheap check that most names fail: every pattern needs one of these words. */
const hint =
  /site|institution|facilit|location|cent(?:er|re)|call|contact|see|refer|for|masked|confidential|disclosed|not |unknown|n ?a$|tbd|determined|practice/;

/** Whether a folded name, in its town, is not the name of a hospital. */
export function isPlaceholder(words: string, town: Town, listing: Listing): boolean {
  if (words === '' || words === town.cityWords || words === town.countryWords) return true;
  if (!hint.test(words)) return false;
  const rest = dropPlace(words, town);
  if (placeholderForms.some((form) => form.test(words) || form.test(rest))) return true;
  if (genericOnly.test(words) || genericBesidePlace.test(rest)) return true;
  if (listing.own.size > 0 && genericBesidePlace.test(dropWords(rest, listing.own))) return true;
  return listing.repeated.size > 0 && listing.repeated.has(bareName(words, town));
}

function dropPlace(words: string, { cityWords, countryWords }: Town): string {
  let rest = ` ${words} `;
  for (const place of [cityWords, countryWords]) if (place !== '') rest = rest.replace(` ${place} `, ' ');
  return rest.trim();
}

function dropWords(words: string, dropped: ReadonlySet<string>): string {
  return words
    .split(' ')
    .filter((word) => !dropped.has(word))
    .join(' ');
}

/**
 * A folded name without its place and without words that contain a digit: site numbers, the sponsor's codes.
 */
function bareName(words: string, town: Town): string {
  return dropPlace(words, town)
    .split(' ')
    .filter((word) => !/\d/.test(word))
    .join(' ');
}

/** A name for study sites in this many cities, or in half of the list, is a placeholder. */
const manyCities = 3;

/** Reads the facts about names from two lists of a record. `own` are its sponsor, acronym and drugs. */
export function readListing(lists: readonly (readonly Site[])[], own: readonly string[]): Listing {
  const repeated = new Set<string>();
  for (const sites of lists) {
    const places = new Map<string, { cities: Set<string>; rows: number }>();
    for (const site of sites) {
      if (!/site|institution|facilit|location|cent(?:er|re)/i.test(site.facility)) continue;
      const words = foldWords(cutPlace(site.facility));
      if (!studySite.test(words.replace(/\d+/g, ''))) continue;
      const town = readTown(site);
      const name = bareName(words, town);
      const found = places.get(name) ?? { cities: new Set(), rows: 0 };
      found.cities.add(town.cityWords);
      found.rows += 1;
      places.set(name, found);
    }
    for (const [name, { cities, rows }] of places) {
      if (cities.size >= manyCities || (cities.size > 1 && rows * 2 >= sites.length)) repeated.add(name);
    }
  }
  const words = own.flatMap((text) => foldWords(cutPlace(text)).split(' '));
  return { own: new Set(words.filter((word) => word !== '' && isTelling(word))), repeated };
}
