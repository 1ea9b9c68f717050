import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
const source = readFileSync(join(import.meta.dirname, '../../../src/db/maintenance/retention.ts'), 'utf8');

/** Tables whose rows are never deleted: they do not concern a reader, or are kept for one. */
const stays: Record<string, string> = {
  settings: 'a row a setting',
  counters: 'a row a counter',
  registries: 'a row a registry',
  runs: 'what was read: public',
  trials: 'public',
  registry_histories: 'public',
  registry_rows: 'public',
  trial_aliases: 'public',
  trial_points: 'public',
  trial_links: 'public',
  field_lists: 'what was asked of registries: a row a list',
  trial_versions: 'public',
  changes: 'public',
  run_facets: 'public',
  run_transitions: 'public',
  topic_changes: 'public',
  edits: 'public',
  concepts: 'public',
  places: 'public',
  postal_areas: 'public',
  suppressions: 'whose wish it is never to be mailed; a keyed hash',
  audit_log: 'what admins did, under their own addresses and readers by number; it cannot be changed',
  kysely_migration: 'the schema’s name',
  kysely_migration_lock: 'the schema’s lock',
};
/** Tables whose rows people delete by their choices: the person goes with the last of them. */
const byChoice = ['subscribers', 'subscriptions', 'digest_items'];

it('P4: every table is let go of by its own last day, with another, by choice, or stays for a reason', async () => {
  const { db } = (await openWorld()).context;
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public'`.execute(db);
  const { rows: cascades } = await sql<{ name: string; into: string }>`
    select conrelid::regclass::text as name, confrelid::regclass::text as into from pg_constraint
    where contype = 'f' and confdeltype = 'c' and connamespace = 'public'::regnamespace`.execute(db);
  const hasLastDay = (name: string): boolean =>
    source.includes(`table: '${name}'`) ||
    byChoice.includes(name) ||
    cascades.some((one) => one.name === name && !(one.into in stays) && hasLastDay(one.into));
  const kept = tables.map(({ name }) => name).filter((name) => !hasLastDay(name));
  expect(kept.sort()).toEqual(Object.keys(stays).sort());
});
