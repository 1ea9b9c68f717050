import { chooseCity, type NamedPlace, nameApart } from '../../core/subscriptions/find-place.ts';
import { foldWords } from '../../core/text/text.ts';
import type { Site } from '../../core/trial.ts';
import { quoteText } from '../../core/wording/values.ts';
import { findCity } from '../../db/catalog/places.ts';
import type { Db } from '../../db/connect.ts';

/** What came of a city that distances are asked from. */
export type Near =
  | { kind: 'none' }
  | { kind: 'found'; place: NamedPlace; name: string }
  /** Which of these is meant is not clear. */
  | { kind: 'choose'; typed: string; names: string[] }
  | { kind: 'unknown'; typed: string };

const nameLength = 240;

/** Finds a typed city, with its country or without: among these sites first, then among all cities that have a site. */
export async function findNear(db: Db, sites: readonly Site[], typed: string): Promise<Near> {
  if (foldWords(typed) === '') return { kind: 'none' };
  const place = chooseCity(citiesOf(sites), typed).found;
  const { found, choices } = place ? { found: place, choices: [] } : await findCity(db, typed);
  if (found) return { kind: 'found', place: found, name: nameOf(found) };
  if (choices.length > 0) return { kind: 'choose', typed, names: choices.map(nameOf) };
  return { kind: 'unknown', typed };
}

/** A city's name as it is shown, and can be typed. */
export function nameOf({ name }: NamedPlace): string {
  return quoteText(name, nameLength);
}

/** The cities of some sites that the registry gives a place on the map, by name. */
export function citiesOf(sites: readonly Site[]): NamedPlace[] {
  return nameApart(
    sites.flatMap(({ city, state, country, lat, lon }) =>
      city === '' || lat === null || lon === null ? [] : [{ city, state, country, lat, lon }],
    ),
  );
}
