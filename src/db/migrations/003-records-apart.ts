import { type Kysely, sql } from 'kysely';

/** Counts dropped records; marks changes of a record that now belongs to another trial. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table runs add column outdated integer not null default 0,
    add column replaced integer not null default 0`.execute(db);
  await sql`alter table changes add column other_trial boolean not null default false`.execute(db);
}
