import { type Kysely, sql } from 'kysely';

/**
 * A digest may consist of several shared contents, one for each subscription that brings news.
 *
 * Digests, their items and their deliveries are written for thousands of people at a time, by a transaction that
 * holds those people. Their foreign keys looked each person up again for each row; triggers delete the rows of who
 * or what is gone instead. Subscriptions get room on their pages: each is written anew whenever it is due.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table digests add column parts jsonb',
  'alter table digests drop constraint digests_check',
  `alter table digests add constraint digests_check check (num_nonnulls(content, content_id, parts) = 1
    and num_nonnulls(content_id, subscription_id, words, since) in (0, 4) and (timezone is null) = (content is not null))`,
  'alter table digest_items drop constraint digest_items_subscriber_id_fkey',
  'alter table digests drop constraint digests_subscriber_id_fkey',
  'alter table deliveries drop constraint deliveries_digest_id_fkey',
  `create function delete_digests_of_person() returns trigger language plpgsql as $$
    begin
      delete from digest_items where subscriber_id = old.id;
      delete from digests where subscriber_id = old.id;
      return null;
    end $$`,
  `create trigger digests_of_person after delete on subscribers for each row execute function delete_digests_of_person()`,
  `create function delete_delivery_of_digest() returns trigger language plpgsql as $$
    begin
      delete from deliveries where digest_id = old.id;
      return null;
    end $$`,
  `create trigger delivery_of_digest after delete on digests for each row execute function delete_delivery_of_digest()`,
  'alter table subscriptions set (fillfactor = 50)',
];
