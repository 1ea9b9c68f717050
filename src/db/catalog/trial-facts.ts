import { type RawBuilder, sql } from 'kysely';
import { countryKey } from '../../core/countries.ts';
import { countriesInReach, type FilterFacts } from '../../core/subscriptions/filter-facts.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Tx } from '../connect.ts';

/** The filters of a list; a subscription may have more. */
export type ListFilters = Pick<
  SubscriptionFilters,
  'country' | 'place' | 'ageGroup' | 'studyTypes' | 'phases'
>;

type Place = NonNullable<ListFilters['place']>;

/** Stores the facts of trials, in place of earlier ones. */
export async function writeTrialFacts(
  tx: Tx,
  trials: readonly { id: number; facts: FilterFacts }[],
): Promise<void> {
  if (trials.length === 0) return;
  const rows = trials.map(({ id, facts: { points, ...facts } }) => ({
    id,
    ...facts,
    lats: points.map(({ lat }) => lat),
    lons: points.map(({ lon }) => lon),
  }));
  const texts = (name: string) =>
    sql`array(select one.value from jsonb_array_elements_text(r.row -> ${sql.lit(name)}) as one)`;
  const degrees = (name: string) =>
    sql`array(select one.value::float8 from jsonb_array_elements_text(r.row -> ${sql.lit(name)}) with ordinality as one
      order by one.ordinality)`;
  await sql`
    insert into trial_facts (trial_id, countries, countries_known, age_groups, study_type, phases, lats, lons, points_known)
    select (r.row ->> 'id')::bigint, ${texts('countries')}, (r.row ->> 'countriesKnown')::boolean, ${texts('ageGroups')},
      r.row ->> 'studyType', ${texts('phases')}, ${degrees('lats')}, ${degrees('lons')}, (r.row ->> 'pointsKnown')::boolean
    from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) as r (row)
    on conflict (trial_id) do update set countries = excluded.countries, countries_known = excluded.countries_known,
      age_groups = excluded.age_groups, study_type = excluded.study_type, phases = excluded.phases,
      lats = excluded.lats, lons = excluded.lons, points_known = excluded.points_known`.execute(tx);
}

/**
 * The condition that a trial's facts `f` pass filters, by the rules of `passesFilters`: what the record does not say
 * passes (M3). Null without filters.
 */
export function passFilters({ country, place, ageGroup, studyTypes = [], phases = [] }: ListFilters) {
  const conditions: RawBuilder<unknown>[] = [];
  if (country !== undefined)
    conditions.push(sql`(not f.countries_known or ${countryKey(country)} = any(f.countries))`);
  if (ageGroup !== undefined) conditions.push(sql`${ageGroup} = any(f.age_groups)`);
  if (studyTypes.length > 0)
    conditions.push(sql`(f.study_type is null or f.study_type = any(${studyTypes}::text[]))`);
  if (phases.length > 0) conditions.push(sql`(f.phases = '{}' or f.phases && ${phases}::text[])`);
  if (place !== undefined) conditions.push(isNear(place));
  return conditions.length === 0 ? null : sql`(f.trial_id is null or (${sql.join(conditions, sql` and `)}))`;
}

function isNear(place: Place) {
  const reached = countriesInReach(place);
  const byName =
    reached === null ? sql`true` : sql`not f.countries_known or f.countries && ${reached}::text[]`;
  // A band of latitudes spares most of the calculation.
  const degrees = place.km / 111;
  return sql`case when f.lats = '{}' then ${byName} else not f.points_known or exists (
    select from unnest(f.lats, f.lons) as p (lat, lon)
    where p.lat between ${place.lat - degrees}::float8 and ${place.lat + degrees}::float8
      and ${distanceTo(place)} <= ${place.km}::float8) end`;
}

/** The distance in kilometers from the nearest of a trial's sites, by its facts `f`; null if it has no coordinates. */
export function distanceOfNearest(place: Place) {
  return sql`(select min(${distanceTo(place)}) from unnest(f.lats, f.lons) as p (lat, lon))`;
}

/** As `distanceKm`, from a point `p`. */
function distanceTo({ lat, lon }: Place) {
  return sql`2 * 6371.0088 * asin(least(1, sqrt(power(sin(radians(p.lat - ${lat}::float8) / 2), 2)
    + cos(radians(${lat}::float8)) * cos(radians(p.lat)) * power(sin(radians(p.lon - ${lon}::float8) / 2), 2))))`;
}
