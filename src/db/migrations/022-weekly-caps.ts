import { type Kysely, sql } from 'kysely';

/** Keeps how many digests in 7 days a reader wants at most, and up to which position that made news wait. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table subscribers
    add column weekly_cap smallint check (weekly_cap > 0), add column capped_position bigint`.execute(db);
}
