import { sql } from 'kysely';
import type { Site } from '../core/trial.ts';
import type { Db, Tx } from './connect.ts';
import { type Remembered, rememberByCost } from './remembered.ts';

/** A city in which a trial has a site. Degrees (WGS 84), as the registry gives them for one of its sites. */
export type Place = { city: string; country: string; lat: number; lon: number };

/** Learns the cities of sites, to measure distances from. */
export async function learnPlaces(tx: Tx, sites: readonly Site[]): Promise<void> {
  const known = new Map<string, Place>();
  for (const { city, country, lat, lon } of sites)
    if (city !== '' && country !== '' && lat !== null && lon !== null)
      known.set(`${country}\n${city}`, { city, country, lat, lon });
  if (known.size === 0) return;
  const places = [...known.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
  await sql`
    insert into places (country, city, lat, lon)
    select * from unnest(${places.map((p) => p.country)}::text[], ${places.map((p) => p.city)}::text[],
      ${places.map((p) => p.lat)}::float8[], ${places.map((p) => p.lon)}::float8[])
    on conflict do nothing`.execute(tx);
}

/** Cities of this name, whatever its case: in one country, or in all when that is empty. */
export async function findPlaces(db: Db, city: string, country: string): Promise<Place[]> {
  const { rows } = await sql<Place>`
    select city, country, lat, lon from places
    where lower(city) = lower(${city}) and (${country} = '' or country = ${country})
    order by country limit 20`.execute(db);
  return rows;
}

const countries = new WeakMap<Db, Remembered<string[]>>();

/** The countries with sites, by name. They may be some minutes old. */
export function listCountries(db: Db): Promise<string[]> {
  let remembered = countries.get(db);
  if (!remembered) {
    remembered = rememberByCost(async () => {
      const rows = await db.selectFrom('places').select('country').distinct().orderBy('country').execute();
      return rows.map(({ country }) => country);
    });
    countries.set(db, remembered);
  }
  return remembered.get();
}
