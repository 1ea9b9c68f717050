import { type Kysely, sql } from 'kysely';

/**
 * Adds the rows of registries' lists, for registries that cannot say what was updated. Adds, for each followed condition,
 * the other registries whose present trials are stored.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table registry_rows (
      registry text not null,
      id text not null,
      hash text not null,
      row jsonb not null,
      seen_at timestamptz not null,
      primary key (registry, id)
    )`.execute(db);
  await sql`alter table subscriptions add column baselines text[] not null default '{}'`.execute(db);
}
