import { foldWords } from '../core/text/text.ts';
import type { Site } from '../core/trial.ts';
import { quoteText } from '../core/wording/values.ts';
import type { Db } from '../db/connect.ts';
import { findPlaces, type Place } from '../db/places.ts';

/** What came of a city that distances are asked from. */
export type Near =
  | { kind: 'none' }
  | { kind: 'found'; place: Place; name: string }
  /** Cities of that name in several countries. */
  | { kind: 'choose'; typed: string; names: string[] }
  | { kind: 'unknown'; typed: string };

const partLength = 120;

/** Finds a typed city, with its country or without: among these sites first, then among all cities that have a site. */
export async function findNear(db: Db, sites: readonly Site[], typed: string): Promise<Near> {
  const asked = foldWords(typed);
  if (asked === '') return { kind: 'none' };
  const own = citiesOf(sites).filter((place) => [place.city, nameOf(place)].map(foldWords).includes(asked));
  if (own.length > 0) return pick(own, typed);
  const [, city = typed, country = ''] = /^(.+?)\s*,\s*([^,]+)$/.exec(typed) ?? [];
  return pick(await findPlaces(db, city.trim(), country.trim()), typed);
}

function pick(places: Place[], typed: string): Near {
  const [place] = places;
  if (!place) return { kind: 'unknown', typed };
  if (places.length > 1) return { kind: 'choose', typed, names: places.map(nameOf) };
  return { kind: 'found', place, name: nameOf(place) };
}

/** A city with its country, as it can be typed. */
export function nameOf({ city, country }: Pick<Place, 'city' | 'country'>): string {
  return [city, country].map((part) => quoteText(part, partLength)).join(', ');
}

/** The cities of some sites that the registry gives a place on the map, by name. */
export function citiesOf(sites: readonly Site[]): Place[] {
  const cities = new Map<string, Place>();
  for (const { city, country, lat, lon } of sites) {
    if (city === '' || lat === null || lon === null) continue;
    const name = nameOf({ city, country });
    if (!cities.has(name)) cities.set(name, { city, country, lat, lon });
  }
  return [...cities.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}
