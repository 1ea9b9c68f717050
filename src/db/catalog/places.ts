import { sql } from 'kysely';
import { toCountry } from '../../core/countries.ts';
import { distanceKm } from '../../core/subscriptions/filters.ts';
import {
  type CityAnswer,
  chooseCity,
  type NamedPlace,
  nameApart,
  type Place,
  type PlaceAnswer,
  sameCityKm,
} from '../../core/subscriptions/find-place.ts';
import { type AreaCentre, centresOf } from '../../core/subscriptions/postal-centre.ts';
import { readPostalCode } from '../../core/subscriptions/postal-code.ts';
import { foldWords } from '../../core/text/text.ts';
import type { Site } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { type CostCache, cacheByCost } from './cost-cache.ts';
import { findCitiesOfAreas, longestName } from './postal-areas.ts';

/** Stores the cities of sites, for measuring distances. */
export async function learnPlaces(tx: Tx, sites: readonly Site[]): Promise<void> {
  const known = new Map<string, Place>();
  for (const { city, state, country: name, lat, lon } of sites) {
    if (city === '' || name === '' || lat === null || lon === null) continue;
    if (city.length > longestName || name.length > longestName) continue;
    const country = toCountry(name);
    const key = [country, city, lat, lon].join('\n');
    known.set(key, { city, country, lat, lon, state: state || (known.get(key)?.state ?? '') });
  }
  if (known.size === 0) return;
  const places = [...known.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
  await sql`
    insert into places as p (country, city, lat, lon, state, folded)
    select r.* from unnest(${places.map((p) => p.country)}::text[], ${places.map((p) => p.city)}::text[],
      ${places.map((p) => p.lat)}::float8[], ${places.map((p) => p.lon)}::float8[],
      ${places.map((p) => p.state)}::text[], ${places.map((p) => foldWords(p.city))}::text[])
      as r (country, city, lat, lon, state, folded)
    where not exists (select from places k where k.country = r.country and k.city = r.city and k.lat = r.lat
      and k.lon = r.lon and (k.state <> '' or r.state = ''))
    on conflict (country, city, lat, lon) do update set state = excluded.state
      where p.state = '' and excluded.state <> ''`.execute(tx);
}

/**
 * Finds a typed city, with or without its state or country after commas; within one country if its code is
 * given.
 */
export async function findCity(db: Db, typed: string, country = ''): Promise<CityAnswer> {
  const parts = typed.split(',').slice(0, 5);
  const names = parts.map((_, n) => foldWords(parts.slice(0, n + 1).join(' ')));
  const { rows } = await sql<Place>`
    select city, state, country, lat, lon from places
    where folded = any(${names.filter((name) => name !== '')}::text[]) and (${country} = '' or country = ${country})
    order by country, city, lat, lon limit 500`.execute(db);
  return chooseCity(nameApart(rows), typed);
}

/** A city this near to an area belongs to it. */
const cityOfAreaKm = 60;
/** Countries to choose from. */
const choicesAtMost = 12;

/**
 * Finds a typed place: a city as `findCity` does, or a postal code or its first part, which becomes a city with sites
 * there. A code that several countries have gives their cities to choose from.
 */
export async function findPlace(db: Db, typed: string, country = ''): Promise<PlaceAnswer> {
  const code = readPostalCode(typed);
  if (!code) return { ...(await findCity(db, typed, country)), byCode: null };
  const home = country || code.country;
  const cities = await findCitiesOfAreas(db, code.areas, home);
  const centres = centresOf(code.areas, cities).slice(0, choicesAtMost);
  if (code.city !== '' || centres.length === 0) {
    const named = await findCity(db, code.city || typed, home);
    const near = named.choices.filter((one) =>
      centres.some((centre) => distanceKm(one, centre) <= cityOfAreaKm),
    );
    if (near.length === 1 && near[0]) return { found: near[0], choices: near, byCode: null };
    if (named.choices.length > 0) return { ...named, byCode: null };
  }
  const choices = await nameCentres(db, centres);
  const [first] = centres;
  return {
    found: choices.length === 1 ? (choices[0] ?? null) : null,
    choices,
    byCode: first === undefined ? 'unknown' : first.isExact ? 'exact' : 'wider',
  };
}

/** Names the cities of areas as typed cities are named. */
async function nameCentres(db: Db, centres: readonly AreaCentre[]): Promise<NamedPlace[]> {
  const { rows } = await sql<Place>`
    select city, state, country, lat, lon from places
    where folded = any(${centres.map(({ city }) => foldWords(city))}::text[])
    order by country, city, lat, lon limit 2000`.execute(db);
  const named = nameApart(rows);
  return centres.flatMap(
    (centre) =>
      named.find(
        (one) =>
          one.country === centre.country &&
          foldWords(one.city) === foldWords(centre.city) &&
          distanceKm(one, centre) <= sameCityKm,
      ) ?? [],
  );
}

const countries = new WeakMap<Db, CostCache<string[]>>();

/** The countries with sites, each by its code, or by its name if it has no code. Cached by cost. */
export function listCountries(db: Db): Promise<string[]> {
  let remembered = countries.get(db);
  if (!remembered) {
    remembered = cacheByCost(async () => {
      const rows = await db.selectFrom('places').select('country').distinct().orderBy('country').execute();
      return rows.map(({ country }) => country);
    });
    countries.set(db, remembered);
  }
  return remembered.get();
}
