import { type Kysely, sql } from 'kysely';

/**
 * Gives trials the marks by which an index finds those that pass a list's filters, and adds the cities of postal areas,
 * as sites give them. Stored trials get theirs little by little, in `maintenance/fill-trial-marks.ts`; until then they
 * have the mark that passes every filter.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table trial_points (
    trial_id bigint primary key references trials (id) on delete cascade,
    lats float8[] not null,
    lons float8[] not null
  )`,
  `alter table trials add column marks integer[] not null default '{0}'`,
  `create index trials_by_marks on trials using gin (marks)`,
  `create table postal_areas (
    code text collate "C" not null,
    country text not null,
    city text not null,
    lat float8 not null,
    lon float8 not null,
    seen bigint not null,
    primary key (code, country, city, lat, lon)
  )`,
];
