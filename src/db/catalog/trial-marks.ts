import { type RawBuilder, sql } from 'kysely';
import { type ListFilters, marksAsked, marksNear } from '../../core/subscriptions/list-marks.ts';
import { kmOfDegree } from '../../core/subscriptions/map-cells.ts';
import { textArray } from '../../postgres/binary-array.ts';
import type { Tx } from '../connect.ts';

type Place = NonNullable<ListFilters['place']>;
type Point = { lat: number; lon: number };

/** Stores the points of trials, in place of earlier ones. */
export async function writeTrialPoints(
  tx: Tx,
  trials: readonly { id: number; points: readonly Point[] }[],
): Promise<void> {
  if (trials.length === 0) return;
  const degrees = (of: 'lat' | 'lon') =>
    textArray(trials.map(({ points }) => `{${points.map((point) => point[of]).join(',')}}`));
  await sql`
    insert into trial_points (trial_id, lats, lons)
    select r.id, r.lats::float8[], r.lons::float8[] from unnest(${trials.map(({ id }) => id)}::bigint[],
      ${degrees('lat')}::text[], ${degrees('lon')}::text[]) as r (id, lats, lons)
    on conflict (trial_id) do update set lats = excluded.lats, lons = excluded.lons`.execute(tx);
}

/** Conditions that a trial `t` passes filters, by the rules of `passesFilters`: what the record does not say passes (M3). */
export function passFilters({ place, ...filters }: ListFilters): RawBuilder<boolean>[] {
  const conditions = marksAsked(filters).map(hasOneOf);
  return place === undefined ? conditions : [...conditions, isNear(place)];
}

const hasOneOf = (marks: readonly number[]) => sql<boolean>`t.marks && ${`{${marks.join(',')}}`}::integer[]`;

/** The index finds the trials with a mark near the place; only those at the edge are measured. */
function isNear(place: Place): RawBuilder<boolean> {
  const { all, sure } = marksNear(place);
  // A band of latitudes spares most of the calculation.
  const degrees = place.km / kmOfDegree;
  return sql<boolean>`${hasOneOf(all)} and (${hasOneOf(sure)} or exists (
    select from trial_points n, unnest(n.lats, n.lons) as p (lat, lon)
    where n.trial_id = t.id and p.lat between ${place.lat - degrees}::float8 and ${place.lat + degrees}::float8
      and ${distanceTo(place)} <= ${place.km}::float8))`;
}

/** The distance in kilometers from the nearest site of a trial `t`; null if it has no coordinates. */
export function distanceOfNearest(place: Place) {
  return sql<
    number | null
  >`(select min(${distanceTo(place)}) from trial_points n, unnest(n.lats, n.lons) as p (lat, lon)
    where n.trial_id = t.id)`;
}

/** As `distanceKm`, from a point `p`. */
function distanceTo({ lat, lon }: Place) {
  return sql`2 * 6371.0088 * asin(least(1, sqrt(power(sin(radians(p.lat - ${lat}::float8) / 2), 2)
    + cos(radians(${lat}::float8)) * cos(radians(p.lat)) * power(sin(radians(p.lon - ${lon}::float8) / 2), 2))))`;
}
