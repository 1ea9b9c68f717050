import { chooseCity, type NamedPlace, nameApart } from '../../core/subscriptions/find-place.ts';
import { foldWords } from '../../core/text/text.ts';
import type { Site } from '../../core/trial.ts';
import { quoteText } from '../../core/wording/values.ts';
import { findCity } from '../../db/catalog/places.ts';
import type { Db } from '../../db/connect.ts';

/** The result of looking up the city to measure distances from. */
export type Near =
  | { kind: 'none' }
  | { kind: 'found'; place: NamedPlace; name: string }
  /** The city is ambiguous. */
  | { kind: 'choose'; typed: string; names: string[] }
  | { kind: 'unknown'; typed: string };

const nameLength = 240;

/** Finds a typed city, with or without its country: first among these sites, then among all cities with a site. */
export async function findNear(db: Db, sites: readonly Site[], typed: string): Promise<Near> {
  if (foldWords(typed) === '') return { kind: 'none' };
  const place = chooseCity(citiesOf(sites), typed).found;
  const { found, choices } = place ? { found: place, choices: [] } : await findCity(db, typed);
  if (found) return { kind: 'found', place: found, name: nameTrial(found) };
  if (choices.length > 0) return { kind: 'choose', typed, names: choices.map(nameTrial) };
  return { kind: 'unknown', typed };
}

/** A city's name, as shown and as it can be typed. */
export function nameTrial({ name }: NamedPlace): string {
  return quoteText(name, nameLength);
}

/** The distinct cities of the sites that have coordinates. */
export function citiesOf(sites: readonly Site[]): NamedPlace[] {
  return nameApart(
    sites.flatMap(({ city, state, country, lat, lon }) =>
      city === '' || lat === null || lon === null ? [] : [{ city, state, country, lat, lon }],
    ),
  );
}
