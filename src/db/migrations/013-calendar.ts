import { type Kysely, sql } from 'kysely';

/**
 * Adds the day on which a trial's own dates next change its status, the last such day with the status before
 * it, and runs that read nothing but the calendar.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table trials add column turns_on date, add column turned_on date, add column turned_from text`.execute(
    db,
  );
  await sql`create index trials_by_turn on trials (registry, turns_on) where turns_on is not null`.execute(
    db,
  );
  await sql`alter table runs drop constraint runs_kind_check`.execute(db);
  await sql`alter table runs add constraint runs_kind_check
    check (kind in ('poll', 'import', 'follow', 'sweep', 'calendar'))`.execute(db);
}
