import { type Kysely, sql } from 'kysely';

/**
 * Adds the facts of trials that lists are filtered by. Stored trials get theirs little by little, in
 * `maintenance/fill-trial-facts.ts`; until then they pass every filter.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table trial_facts (
      trial_id bigint primary key references trials (id) on delete cascade,
      countries text[] not null,
      countries_known boolean not null,
      age_groups text[] not null,
      study_type text,
      phases text[] not null,
      lats float8[] not null,
      lons float8[] not null,
      points_known boolean not null
    )`.execute(db);
}
