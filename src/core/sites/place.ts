import { countryKey } from '../countries.ts';
import { foldWords } from '../text/text.ts';
import type { Site } from '../trial.ts';
import { cityKey, cityOf, isRegionName, regionKey } from './geography.ts';
import { editSimilarity, isSpelledAlike } from './similarity.ts';

/** The place of a site in canonical spelling. */
export type SitePlace = {
  country: string;
  city: string;
  state: string;
  zip: string;
  lat: number | null;
  lon: number | null;
};

/**
 * The relation of two places. `same`: one city or one postcode. `similar`: a city with similar spelling, a
 * name that contains the other's, or a city and its region. `near`: another city within 60 km, or one that
 * cannot be compared. Coordinates alone never make two places one: the registry moves them.
 */
export type PlaceRelation = 'same' | 'similar' | 'near' | 'far';

/** The relation of two postcodes. Formats differ (`B1629WWA` and `1629`, `77030-1234` and `77030`). */
export type ZipRelation = 'same' | 'alike' | 'different' | 'unknown';

const nearKm = 60;
const otherTownKm = 100;

/** No city has a longer name. */
const longestPlace = 100;

/** The beginning of a place's name, long enough to compare it. */
export function cutPlace(text: string): string {
  return text.slice(0, longestPlace);
}

/** The folded words of a city, its state and its country. Computed once for all sites of a city. */
export type Town = {
  /** Their keys, in canonical spelling. */
  country: string;
  city: string;
  state: string;
  /** As written. */
  cityWords: string;
  countryWords: string;
  /** Country and city as one key, made once. */
  cityKey: string;
  /** Keys that it shares with other spellings of itself: beginning, end, region. */
  looseKeys: readonly string[];
  /** Every word of the three, which sites nearby share. */
  local: ReadonlySet<string>;
};

/** Reads the city, state and country of a site. */
export function readTown(site: Pick<Site, 'city' | 'state' | 'country'>): Town {
  const [cityWords, stateWords, countryWords] = [
    foldWords(cutPlace(site.city)),
    foldWords(cutPlace(site.state)),
    foldWords(cutPlace(site.country)),
  ];
  const country = countryKey(cutPlace(site.country));
  const city = cityKey(cityWords);
  const state = regionKey(stateWords);
  const regions = state === '' || state === city ? [city] : [city, state];
  return {
    country,
    city,
    state,
    cityKey: `city ${country} ${city}`,
    looseKeys: [
      `start ${country} ${city.slice(0, 4)}`,
      `end ${country} ${city.slice(-4)}`,
      ...regions.map((region) => `region ${country} ${region}`),
    ],
    cityWords,
    countryWords,
    local: new Set(`${cityWords} ${cityOf(cityWords) ?? ''} ${stateWords} ${countryWords}`.split(' ')),
  };
}

/** Reads a site's place. */
export function readPlace(site: Site, town: Town = readTown(site)): SitePlace {
  const { country, city, state } = town;
  return { country, city, state, zip: readZip(site.zip), lat: site.lat, lon: site.lon };
}

/** A postcode without spaces and marks; empty for texts that merely fill a form's field (`00000`, `N/A`). */
function readZip(text: string): string {
  const zip = cutPlace(text)
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');
  return /[1-9]/.test(zip) ? zip : '';
}

/** Relates two places. A city of the same name in another state (Portland in Oregon and in Maine) is far. */
export function relatePlaces(a: SitePlace, b: SitePlace): PlaceRelation {
  if (a.country !== '' && b.country !== '' && a.country !== b.country) return 'far';
  const isOneZip = relateZips(a, b) === 'same';
  if (a.city === b.city && a.city !== '') return !isOneZip && isNamesake(a, b) ? 'far' : 'same';
  if (isOneZip) return isOneZipOnly(a, b) ? 'near' : 'same';
  if (isWithin(a, b) && relateZips(a, b) === 'unknown' && (a.city === b.state || b.city === a.state))
    return 'similar';
  if (isUncertain(a, b)) return 'near';
  const km = kmBetween(a, b);
  if ((km === null || km < nearKm) && isCitySpelledAlike(a.city, b.city)) return 'similar';
  return km !== null && km < nearKm ? 'near' : 'far';
}

function isNamesake(a: SitePlace, b: SitePlace): boolean {
  if (a.state === '' || b.state === '' || a.state === b.state) return false;
  const km = kmBetween(a, b);
  if (km !== null) return km > otherTownKm;
  return a.country === 'US' && relateZips(a, b) === 'different' && editSimilarity(a.state, b.state) < 0.6;
}

/**
 * Whether two distant cities have the same postcode. Then it was mistyped, unless one of them is a region.
 */
function isOneZipOnly(a: SitePlace, b: SitePlace): boolean {
  // If a region is given as the city, the registry may locate it anywhere: Hyogo 1,200 km from Kobe.
  if (isWithin(a, b) || isPrefecture(a) || isPrefecture(b)) return false;
  const km = kmBetween(a, b);
  return km !== null && km >= otherTownKm;
}

/** Whether the names of two cities cannot be compared: one is a region, in another script, or missing. */
export function isUncertain(a: SitePlace, b: SitePlace): boolean {
  return a.city === '' || b.city === '' || isOtherScript(a.city, b.city) || isWithin(a, b);
}

/** Whether the region of one place is given as the city of the other. */
function isWithin(a: SitePlace, b: SitePlace): boolean {
  return isInRegion(a, b) || isInRegion(b, a);
}

/**
 * Whether the region of `b` is given as the city of `a`, which then has no state: New York in New York is a
 * city.
 */
function isInRegion(a: SitePlace, b: SitePlace): boolean {
  if (a.city === '' || a.state !== '') return false;
  return a.city === b.state || (b.state === '' && isPrefecture(a));
}

function isPrefecture({ city, country }: SitePlace): boolean {
  return isRegionName(city, country);
}

const latin = /\p{Script=Latin}/u;

function isOtherScript(a: string, b: string): boolean {
  return latin.test(a) !== latin.test(b);
}

/** Relates the postcodes of two places. */
export function relateZips(a: SitePlace, b: SitePlace): ZipRelation {
  if (a.zip === '' || b.zip === '') return 'unknown';
  if (a.zip === b.zip) return 'same';
  const [short, long] = a.zip.length < b.zip.length ? [a.zip, b.zip] : [b.zip, a.zip];
  if (short.length >= 4 && long.includes(short)) return 'same';
  return a.zip.slice(0, 2) === b.zip.slice(0, 2) ? 'alike' : 'different';
}

/** Whether two cities' names have similar spelling, or one contains the other at its start or end. */
export function isCitySpelledAlike(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length >= 4 && (long.startsWith(short) || long.endsWith(short))) return true;
  return short.length >= 5 && isSpelledAlike(a, b, 0.78);
}

/** The distance between two places in kilometres; null if one has no coordinates. */
export function kmBetween(a: SitePlace, b: SitePlace): number | null {
  if (a.lat === null || a.lon === null || b.lat === null || b.lon === null) return null;
  const north = (a.lat - b.lat) * 111.2;
  const east = (a.lon - b.lon) * 111.2 * Math.cos(((a.lat + b.lat) * Math.PI) / 360);
  return Math.hypot(north, east);
}
