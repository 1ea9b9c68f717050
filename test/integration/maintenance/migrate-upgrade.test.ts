import { afterEach, describe, expect, it } from 'vitest';
import { numberKey } from '../../../src/core/links/registry-numbers.ts';
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

/** Rows of the first schema whose tables, columns or values have other names by now. */
const renamedRows = [
  `insert into lanes (name, failures, paused_until, reason, lifted_at) values ('s', 4, '2026-11-02', 'relay', '2026-11-01')`,
  `insert into audits values ('ctgov', 'D1', 't', now(), 1, 2, 3, '{}')`,
  `insert into asks values ('h', 'confirmation', 2, now(), now())`,
  `insert into lifts values ('hard-bounce', now(), now(), 'typing')`,
  `insert into bulks (act, made_by, made_at, expires_at, figures) values ('add', 'a', now(), now(), '{}')`,
  `insert into bulk_parts (bulk_id, kind, n, sealed) values (1, 'work', 0, '')`,
  `insert into quarantine (registry, registry_id, reason, raw, first_seen_at, last_seen_at, healed_at)
     values ('ctgov', 'NCT09900002', 'r', '', now(), now(), '2026-11-03')`,
  `insert into domain_rates values ('d', 5, 6, now(), '2026-11-04')`,
  `update subscribers set quiet_notes = false, quiet_from = '2026-11-05', quiet_note_at = '2026-11-06'`,
  `insert into deliveries (kind, subscriber_id, due_at, planned_at) values ('quiet', 1, now(), now())`,
];

/** What those rows say today, in one line each. */
const renamedAnswers = [
  [`select failures || reason || recovered_at::date as said from smtp_circuits`, '4relay2026-11-01'],
  [`select registry_only || '/' || local_only as said from match_audits`, '2/3'],
  [`select kind || times as said from rate_limits`, 'confirmation2'],
  [`select why as said from lifted_suppressions`, 'typing'],
  [`select act || kind as said from bulk_jobs b join bulk_parts p on p.bulk_job_id = b.id`, 'addwork'],
  [`select recovered_at::date::text as said from quarantine`, '2026-11-03'],
  [
    `select requested || '/' || granted || '/' || queue_until::date as said from domain_rates`,
    '5/6/2026-11-04',
  ],
  [
    `select no_news_notes || '/' || no_news_since::date || '/' || no_news_note_at::date as said from subscribers`,
    'false/2026-11-05/2026-11-06',
  ],
  [`select kind as said from deliveries where digest_id is null`, 'no-news'],
  [`select newer_digests(1, 1)::text as said`, '{}'],
  [
    `select count(*)::text as said from (
       select relname as name from pg_class where relnamespace = 'public'::regnamespace
       union all select conname from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n') as named
     where name ~ '^(lanes|audits|asks|lifts|bulks)_|healed|bulk_id'`,
    '0',
  ],
] as const;

describe('R11: an upgrade with data in place', () => {
  it('gives tables, columns and a kind of mail other names, and every row keeps its meaning', async () => {
    database = await createTestDatabase({ empty: true });
    await migrateDatabase(database.url, migrationNames[0]);
    await withClient(database.url, async (client) => {
      for (const statement of [...firstRows, ...renamedRows]) await client.query(statement);
    });
    await migrateDatabase(database.url);
    await withClient(database.url, async (client) => {
      for (const [question, answer] of renamedAnswers)
        expect([question, (await client.query(question)).rows]).toEqual([question, [{ said: answer }]]);
      await expect(client.query(`update deliveries set kind = 'quiet'`)).rejects.toThrow(
        'deliveries_kind_check',
      );
    });
  });

  it('M4, X9: trials are found by their numbers and those of their records, keyed as those read later', async () => {
    database = await createTestDatabase({ empty: true });
    await migrateDatabase(database.url, migrationNames[0]);
    const numbers = ['2022-500123-45-00', 'ABC-12 3', '2010-012345-67', 'no', 'x'.repeat(70), 'abc 123'];
    numbers.push('CTIS2020-005891-36-00', 'EUCTR2004-000446-20-DE', '2010-012345-67-00');
    const trial = JSON.stringify({ secondaryIds: numbers.map((id) => ({ id, type: null })) });
    await withClient(database.url, async (client) => {
      for (const statement of firstRows) await client.query(statement);
      await client.query(
        `insert into trial_versions (trial_id, version, hash, projection, trial, read_at, run_id)
           values (1, 1, 'h', 1, $1, now(), 1)`,
        [trial],
      );
    });
    await migrateDatabase(database.url);
    const db = connect(database.url, { max: 1 });
    try {
      const [row] = await db.selectFrom('trials').select('numbers').execute();
      expect(row?.numbers.toSorted()).toEqual(
        [...new Set([...numbers.filter((one) => /\d/.test(one)), 'NCT09900001'].map(numberKey))].sort(),
      );
      expect(row?.numbers).toHaveLength(6);
    } finally {
      await db.destroy();
    }
  });

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
