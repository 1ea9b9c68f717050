import { type Kysely, sql } from 'kysely';

/** Keeps a hash of each trial's answer, by which the same answer is recognised. Stored trials get theirs when next read. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table trials add column answer_hash bytea`.execute(db);
}
