import { type Kysely, sql } from 'kysely';

/**
 * Keeps each list of requested fields once, instead of in every trial. Stored trials get their number when they are next
 * written; until then they keep their own list.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table field_lists (
    id integer generated always as identity primary key,
    hash text not null unique,
    fields text[] not null
  )`.execute(db);
  await sql`alter table trials add column field_list_id integer references field_lists`.execute(db);
}
