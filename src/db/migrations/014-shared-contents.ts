import { type Kysely, sql } from 'kysely';

/**
 * Adds contents that many digests share, and the columns in which such a digest keeps what is its reader's
 * own. A digest that stands alone, as all did before, has its content in its own row.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table digest_contents (
    id bigint generated always as identity primary key,
    content jsonb not null,
    made_at timestamptz not null
  ) with (toast_tuple_target = 8160)`,
  `create index digest_contents_by_age on digest_contents (made_at)`,
  `alter table digests alter column content drop not null,
    add column content_id bigint,
    add column subscription_id bigint,
    add column words text[],
    add column since timestamptz,
    add column timezone text,
    add check (num_nonnulls(content, content_id) = 1
      and num_nonnulls(content_id, subscription_id, words, since, timezone) in (0, 5))`,
  // A change is never deleted while its trial is known, and a foreign key would lock the one row of a change, or of
  // a content, for each of thousands who are told it.
  `alter table digest_items drop constraint digest_items_change_id_fkey`,
];
