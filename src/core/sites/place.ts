import { countryKey } from '../countries.ts';
import { foldWords } from '../text/text.ts';
import type { Site } from '../trial.ts';
import { cityKey } from './geography.ts';
import { editSimilarity } from './similarity.ts';

/** Where a site is, in one spelling. */
export type SitePlace = {
  country: string;
  city: string;
  state: string;
  zip: string;
  lat: number | null;
  lon: number | null;
};

/**
 * How two places relate. `same` one city or one postcode; `similar` a city spelled alike, or one that holds the
 * other's name; `near` another city name within 60 km. Coordinates alone never make two places one.
 */
export type PlaceRelation = 'same' | 'similar' | 'near' | 'far';

/** How two postcodes relate; formats differ (`B1629WWA` and `1629`, `77030-1234` and `77030`). */
export type ZipRelation = 'same' | 'alike' | 'different' | 'unknown';

const nearKm = 60;
const otherTownKm = 100;

/** No city's name is longer; what is longer is no name. */
const longestPlace = 100;

/** The beginning of a place's name, enough to compare it. */
export function cutPlace(text: string): string {
  return text.slice(0, longestPlace);
}

/** Reads a site's place. */
export function readPlace(site: Site): SitePlace {
  return {
    country: countryKey(cutPlace(site.country)),
    city: cityKey(foldWords(cutPlace(site.city))),
    state: foldWords(cutPlace(site.state)),
    zip: cutPlace(site.zip)
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, ''),
    lat: site.lat,
    lon: site.lon,
  };
}

/** Whether two places are one. A namesake in another state (Portland in Oregon and in Maine) is far. */
export function relatePlaces(a: SitePlace, b: SitePlace): PlaceRelation {
  if (a.country !== '' && b.country !== '' && a.country !== b.country) return 'far';
  const km = distanceKm(a, b);
  if (a.city === b.city && a.city !== '') return isNamesake(a, b, km) ? 'far' : 'same';
  if (relateZips(a, b) === 'same') return km === null || km < otherTownKm ? 'same' : 'near';
  if (a.city === '' || b.city === '') return 'near';
  if ((km === null || km < nearKm) && isSpelledAlike(a.city, b.city)) return 'similar';
  return km !== null && km < nearKm ? 'near' : 'far';
}

function isNamesake(a: SitePlace, b: SitePlace, km: number | null): boolean {
  if (a.state === '' || b.state === '' || a.state === b.state) return false;
  if (km !== null) return km > otherTownKm;
  return a.country === 'US' && relateZips(a, b) === 'different' && editSimilarity(a.state, b.state) < 0.6;
}

/** How the postcodes of two places relate. */
export function relateZips(a: SitePlace, b: SitePlace): ZipRelation {
  if (a.zip === '' || b.zip === '') return 'unknown';
  if (a.zip === b.zip) return 'same';
  const [short, long] = a.zip.length < b.zip.length ? [a.zip, b.zip] : [b.zip, a.zip];
  if (short.length >= 4 && long.includes(short)) return 'same';
  return a.zip.slice(0, 2) === b.zip.slice(0, 2) ? 'alike' : 'different';
}

function isSpelledAlike(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length >= 4 && (long.startsWith(short) || long.endsWith(short))) return true;
  return short.length >= 5 && editSimilarity(a, b) >= 0.78;
}

function distanceKm(a: SitePlace, b: SitePlace): number | null {
  if (a.lat === null || a.lon === null || b.lat === null || b.lon === null) return null;
  const north = (a.lat - b.lat) * 111.2;
  const east = (a.lon - b.lon) * 111.2 * Math.cos(((a.lat + b.lat) * Math.PI) / 360);
  return Math.hypot(north, east);
}
