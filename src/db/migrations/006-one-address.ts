import { type Kysely, sql } from 'kysely';

/**
 * An address means one person whatever the case of its letters. People who signed up twice while the case
 * counted stay two.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table subscribers add column duplicate smallint not null default 0,
    drop constraint subscribers_address_hash_key,
    add constraint subscribers_address_once unique (address_hash, duplicate)`.execute(db);
  await sql`create index subscribers_duplicate on subscribers (id) where duplicate > 0`.execute(db);
}
