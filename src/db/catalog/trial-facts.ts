import { type RawBuilder, sql } from 'kysely';
import { countryKey } from '../../core/countries.ts';
import { countriesInReach, type FilterFacts } from '../../core/subscriptions/filter-facts.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import { textArray } from '../../postgres/binary-array.ts';
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
  const lines = (of: (facts: FilterFacts) => readonly (string | number)[]) =>
    textArray(trials.map(({ facts }) => of(facts).join('\n')));
  const each = <T>(of: (facts: FilterFacts) => T) => trials.map(({ facts }) => of(facts));
  await sql`
    insert into trial_facts (trial_id, countries, countries_known, age_groups, study_type, phases, lats, lons, points_known)
    select r.id, string_to_array(r.countries, E'\n'), r.countries_known, string_to_array(r.age_groups, E'\n'),
      r.study_type, string_to_array(r.phases, E'\n'), string_to_array(r.lats, E'\n')::float8[],
      string_to_array(r.lons, E'\n')::float8[], r.points_known
    from unnest(${trials.map(({ id }) => id)}::bigint[], ${lines((f) => f.countries)}::text[],
      ${each((f) => f.countriesKnown)}::boolean[], ${lines((f) => f.ageGroups)}::text[],
      ${textArray(each((f) => f.studyType))}::text[], ${lines((f) => f.phases)}::text[],
      ${lines((f) => f.points.map(({ lat }) => lat))}::text[], ${lines((f) => f.points.map(({ lon }) => lon))}::text[],
      ${each((f) => f.pointsKnown)}::boolean[])
      as r (id, countries, countries_known, age_groups, study_type, phases, lats, lons, points_known)
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
