import { type Kysely, sql } from 'kysely';

/** Keeps what readers said does not fit a condition that they follow: a trial, or a way in which trials match. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table subscriptions add column exclusions jsonb`.execute(db);
}
