import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/db/connect.ts';
import { isMigrated, migrateDatabase, migrationNames } from '../../../src/db/maintenance/migrate.ts';
import { readSetting } from '../../../src/db/settings.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { withClient } from '../../support/servers.ts';

let database: TestDatabase | null = null;
afterEach(async () => {
  await database?.drop();
  database = null;
});

/** The shape of a schema: every column with its type, every constraint and index, as PostgreSQL words them. */
function readShape(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(`
      select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' ||
        coalesce(column_default, '') as line from information_schema.columns where table_schema = 'public'
      union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace
      union all select indexdef from pg_indexes where schemaname = 'public' order by 1`);
    return rows.map((row) => row.line);
  });
}

/** Rows that the very first schema takes; later migrations must carry them along. */
const firstRows = [
  `insert into settings values ('key-fingerprint', 'abc')`,
  `insert into runs (registry, kind, started_at) values ('ctgov', 'poll', now())`,
  `insert into trials (registry, registry_id, version, hash, projection, status, title, topics, contacts, raw,
     watched_since, read_at) values ('ctgov', 'NCT09900001', 1, 'h', 1, 'RECRUITING', 't', '{}', '[]', '', now(), now())`,
  `insert into subscribers (address, address_hash, language, timezone, hour, created_at)
     values ('a', 'h', 'en', 'UTC', 9, now())`,
  `insert into subscriptions (subscriber_id, state, kind, words, topics, facets, frequency, created_at)
     values (1, 'active', 'trial', 'NCT09900001', '{}', '{}', 'daily', now())`,
  `insert into digests (subscriber_id, horizon, content, due_at, planned_at) values (1, 0, '{}', now(), now())`,
  `insert into deliveries (kind, subscriber_id, digest_id, due_at, planned_at)
     values ('digest', 1, 1, now(), now())`,
];

describe('R11: an upgrade with data in place', () => {
  it.each(migrationNames)(
    'from the schema of %s to the newest: nothing is lost, the shape is the same',
    async (from) => {
      const made = await createTestDatabase();
      const shape = await readShape(made.url).finally(made.drop);
      database = await createTestDatabase({ empty: true });
      await migrateDatabase(database.url, migrationNames[0]);
      await withClient(database.url, async (client) => {
        for (const statement of firstRows) await client.query(statement);
      });
      await migrateDatabase(database.url, from);
      await migrateDatabase(database.url);
      expect(await readShape(database.url)).toEqual(shape);
      const db = connect(database.url, { max: 1 });
      try {
        expect(await isMigrated(db)).toBe(true);
        expect(await readSetting(db, 'key-fingerprint')).toBe('abc');
        for (const table of [
          'runs',
          'trials',
          'subscribers',
          'subscriptions',
          'digests',
          'deliveries',
        ] as const)
          expect([table, (await db.selectFrom(table).select('id').execute()).length]).toEqual([table, 1]);
      } finally {
        await db.destroy();
      }
    },
  );
});
