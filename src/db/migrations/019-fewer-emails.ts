import { type Kysely, sql } from 'kysely';

/**
 * Keeps what readers said does not fit a condition that they follow (a trial, or a way in which trials match), how many
 * digests in 7 days they want at most, and up to which position that made news wait.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table subscriptions add column exclusions jsonb`.execute(db);
  await sql`alter table subscribers
    add column weekly_cap smallint check (weekly_cap > 0), add column capped_position bigint`.execute(db);
}
