import { sql } from 'kysely';
import { toCountry } from '../../core/countries.ts';
import { type CityOfArea, widerCodes } from '../../core/subscriptions/postal-centre.ts';
import { areaOfCode, type PostalArea } from '../../core/subscriptions/postal-code.ts';
import type { Site } from '../../core/trial.ts';
import { textArray } from '../../postgres/binary-array.ts';
import type { Db, Tx } from '../connect.ts';

/** No city has a longer name, and index entries have a size limit (N1). */
export const longestName = 200;

/** Rows that one typed code compares: more than any country has in one area. */
const rowsAtMost = 4_000;

type Seen = { code: string; country: string; city: string; lat: number; lon: number; seen: bigint };

/**
 * Learns from the sites of trials which cities postal areas have. Of the trials that say so only a mark each is kept,
 * so that learning the same again changes nothing.
 */
export async function learnPostalAreas(
  tx: Tx,
  trials: readonly { id: string; sites: readonly Site[] }[],
): Promise<void> {
  const known = new Map<string, Seen>();
  for (const { id, sites } of trials)
    for (const { city, country: name, zip, lat, lon } of sites) {
      if (zip === '' || city === '' || lat === null || lon === null || city.length > longestName) continue;
      const country = toCountry(name);
      const code = areaOfCode(country, zip);
      if (code === '' || country.length > longestName) continue;
      const key = [code, country, city, lat, lon].join('\n');
      known.set(key, { code, country, city, lat, lon, seen: (known.get(key)?.seen ?? 0n) | markOf(id) });
    }
  if (known.size === 0) return;
  // In one order, so that two readings of different registries cannot wait for each other.
  const rows = [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  const texts = (name: 'code' | 'country' | 'city') => textArray(rows.map((row) => row[name]));
  await sql`
    insert into postal_areas as p (code, country, city, lat, lon, seen)
    select r.* from unnest(${texts('code')}::text[], ${texts('country')}::text[], ${texts('city')}::text[],
      ${rows.map(({ lat }) => lat)}::float8[], ${rows.map(({ lon }) => lon)}::float8[],
      ${rows.map(({ seen }) => String(seen))}::bigint[]) as r (code, country, city, lat, lon, seen)
    where not exists (select from postal_areas k where k.code = r.code and k.country = r.country and k.city = r.city
      and k.lat = r.lat and k.lon = r.lon and k.seen | r.seen = k.seen)
    on conflict (code, country, city, lat, lon) do update set seen = p.seen | excluded.seen
      where p.seen | excluded.seen <> p.seen`.execute(tx);
}

/** One of 63 bits for each trial. */
function markOf(id: string): bigint {
  let mark = 0;
  for (let at = 0; at < id.length; at += 1) mark = (mark * 31 + id.charCodeAt(at)) % 63;
  return 1n << BigInt(mark);
}

/** The cities with sites in some areas, or in wider ones around them. */
export async function findCitiesOfAreas(
  db: Db,
  areas: readonly PostalArea[],
  country: string,
): Promise<CityOfArea[]> {
  const asked = areas
    .filter((area) => country === '' || area.country === '' || area.country === country)
    .map((area) => ({
      country: area.country || country,
      widest: widerCodes(area.code).at(-1) ?? area.code,
      length: /^\d/.test(area.code) ? area.code.length : null,
    }));
  if (asked.length === 0) return [];
  const { rows } = await sql<CityOfArea>`
    select p.code, p.country, p.city, p.lat, p.lon, bit_count(p.seen::bit(64))::int as votes
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a (country text, widest text, length int)
    join postal_areas p on p.code >= a.widest and p.code < a.widest || '~'
      and (a.length is null or length(p.code) = a.length) and (a.country = '' or p.country = a.country)
    order by votes desc, p.code, p.country, p.city, p.lat, p.lon limit ${rowsAtMost}`.execute(db);
  return rows;
}
