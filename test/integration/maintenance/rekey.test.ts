import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { openApp } from '../../../src/app.ts';
import type { Db } from '../../../src/db/connect.ts';
import { rekeyDatabase } from '../../../src/db/maintenance/rekey.ts';
import { checkSecretKey, readSetting } from '../../../src/db/settings.ts';
import { readFormerKeys } from '../../../src/db/subscribers/former-keys.ts';
import { findSubscriber, findSuppression } from '../../../src/db/subscribers/subscribers.ts';
import { type Keys, openKeys } from '../../../src/keys.ts';
import { expectSentence, runProgram, serverVariables, startProgram, testKey } from '../../support/program.ts';
import { withClient } from '../../support/servers.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const nextKey = 'the next key of the tests, forty characters';
const oldKeys = openKeys(testKey);
const newKeys = openKeys(nextKey);

/** A world under the old key with a subscriber, a confirmation that waits, an alarm, and two suppressed addresses; disconnected. */
async function openKeyed(): Promise<World> {
  const world = await openWorld({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
  });
  const { db, keys } = world.context;
  await checkSecretKey(db, keys.fingerprint);
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
  await world.subscribe('bob@example.net', { trials: ['NCT09900001'], consent: null });
  await sql`insert into deliveries (kind, address, params, due_at, planned_at)
    values ('alert', ${keys.encrypt('admin@example.net')}, ${keys.encrypt('{}')}, now(), now())`.execute(db);
  for (const email of ['ann@example.net', 'gone@example.net'])
    await sql`insert into suppressions values (${keys.hashAddress(email)}, 'complaint', now())`.execute(db);
  await sql`update subscriptions set note = ${keys.encrypt('a note')}, list_name = ${keys.encrypt('a list')}
    where state = 'active'`.execute(db);
  await sql`insert into requests (kind, params, due_at, created_at)
    values ('manage-link', ${keys.encrypt('{}')}, now(), now())`.execute(db);
  await sql`insert into webhooks (url, host, secret, old_secret, old_secret_until, language, position, created_at)
    values (${keys.encrypt('https://example.org/hook')}, 'example.org', ${keys.encrypt('whsec_b')}, ${keys.encrypt('whsec_a')},
      now(), 'en', 0, now())`.execute(db);
  await sql`with list as (insert into bulk_jobs (act, made_by, made_at, expires_at, figures)
      values ('add', 'admin@example.net', now(), now(), '{}') returning id)
    insert into bulk_parts (bulk_job_id, kind, n, sealed) select id, 'work', 0, ${keys.encrypt('{}')} from list`.execute(
    db,
  );
  await sql`insert into tokens (hash, purpose, subscriber_id, params, created_at, expires_at)
    select ${randomBytes(32)}, 'address', min(id), ${keys.encrypt('new@example.net')}, now(), now() from subscribers`.execute(
    db,
  );
  await db.destroy();
  return world;
}

/**
 * Which of the two keys decrypts each encrypted value of the database, whatever the column; other values are
 * not encrypted.
 */
async function openedBy(db: Db): Promise<{ old: number; new: number }> {
  const { rows: columns } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and data_type = 'bytea'`.execute(db);
  const counts = { old: 0, new: 0 };
  for (const { table, column } of columns) {
    const { rows } = await sql<{ value: Buffer | null }>`
      select ${sql.ref(column)} as value from ${sql.table(table)}`.execute(db);
    for (const { value } of rows) {
      if (value && opens(oldKeys, value)) counts.old += 1;
      if (value && opens(newKeys, value)) counts.new += 1;
    }
  }
  return counts;
}

function opens(keys: Keys, sealed: Buffer): boolean {
  try {
    keys.decrypt(sealed);
    return true;
  } catch {
    return false;
  }
}

describe('R10: the key is turned over', () => {
  it('everything sealed is under the new key; people and stopped addresses are found as before', async () => {
    const world = await openKeyed();
    const link = oldKeys.sign('unsubscribe', '1.1');
    expect(await rekeyDatabase(world.databaseUrl, oldKeys, newKeys)).toEqual({ subscribers: 2, mails: 2 });
    const { db } = world.another();
    expect(await openedBy(db)).toEqual({ old: 0, new: 13 });
    await checkSecretKey(db, newKeys.fingerprint);
    await expect(checkSecretKey(db, oldKeys.fingerprint)).rejects.toThrow(/another SECRET_KEY/);
    for (const [email, reason] of [
      ['ann@example.net', 'complaint'],
      ['gone@example.net', 'complaint'],
      ['bob@example.net', null],
    ] as const)
      expect([email, await findSuppression(db, newKeys, email)]).toEqual([email, reason]);
    const { rows } = await sql<{ found: Buffer }>`select s.address_hash as found from subscribers p
      join suppressions s on s.address_hash = p.address_hash`.execute(db);
    expect(rows).toEqual([{ found: newKeys.hashAddress('ann@example.net') }]);
    // The part from which links are derived stays valid, encrypted under the new key.
    const [former] = await readFormerKeys(db, newKeys);
    expect(former?.sign('unsubscribe', '1.1')).toBe(link);
    expect(await readSetting(db, 'former-keys')).not.toContain(oldKeys.exportFormer().slice(0, 20));
  });

  it('twice: hashes under the first key are still found', async () => {
    const world = await openKeyed();
    const third = openKeys('a third key of the tests, forty characters!');
    await rekeyDatabase(world.databaseUrl, oldKeys, newKeys);
    await rekeyDatabase(world.databaseUrl, newKeys, third);
    const { db } = world.another();
    expect(await findSuppression(db, third, 'gone@example.net')).toBe('complaint');
    const former = await readFormerKeys(db, third);
    expect(former.map(({ sign }) => sign('digest', '1.1'))).toEqual(
      [newKeys, oldKeys].map(({ sign }) => sign('digest', '1.1')),
    );
    expect(await openedBy(db)).toEqual({ old: 0, new: 0 });
  });

  it.each(['subscribers', 'deliveries', 'settings'])(
    'killed while it writes %s it leaves everything under the old key',
    async (table) => {
      const world = await openKeyed();
      await withClient(world.databaseUrl, async (client) => {
        await client.query(`create function wait_long() returns trigger language plpgsql as
          $$ begin perform pg_sleep(600); return new; end $$`);
        await client.query(
          `create trigger wait_long after update on ${table} for each statement execute function wait_long()`,
        );
      });
      const env = { ...(await serverVariables(world.databaseUrl)), NEW_SECRET_KEY: nextKey };
      const running = startProgram(['rekey'], env);
      const name = new URL(world.databaseUrl).pathname.slice(1);
      await withClient(inject('servers').databaseUrl, async (client) => {
        const asleep = async () => {
          const { rows } = await client.query(
            `select pid from pg_stat_activity where datname = $1 and wait_event = 'PgSleep'`,
            [name],
          );
          return rows.map((row) => row.pid as number);
        };
        await expect.poll(asleep).toHaveLength(1);
        const pids = await asleep();
        running.child.kill('SIGKILL');
        await running.ended;
        await client.query('select pg_terminate_backend(pid, 10000) from unnest($1::int[]) as pid', [pids]);
      });
      const { db } = world.another();
      expect(await openedBy(db)).toEqual({ old: 13, new: 0 });
      await checkSecretKey(db, oldKeys.fingerprint);
      expect(await findSuppression(db, oldKeys, 'ann@example.net')).toBe('complaint');
    },
  );

  it('killed before the key in DATA_DIR was put in its place, the next start does that', async () => {
    const world = await openKeyed();
    const dataDir = mkdtempSync(join(tmpdir(), 'trialbell-rekey-'));
    closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const file = join(dataDir, 'secret-key');
    writeFileSync(file, testKey);
    writeFileSync(`${file}.next`, nextKey);
    const config = { ...world.context.config, dataDir, databaseUrl: world.databaseUrl, secretKey: null };
    const open = async () => {
      const app = await openApp(config, { log: pino({ level: 'silent' }) });
      const { fingerprint } = app.context.keys;
      await app.close();
      return fingerprint;
    };
    // Killed before the database had it, the old key stays.
    expect(await open()).toBe(oldKeys.fingerprint);
    await rekeyDatabase(world.databaseUrl, oldKeys, newKeys);
    expect(await open()).toBe(newKeys.fingerprint);
    expect(readFileSync(file, 'utf8')).toBe(nextKey);
    expect(existsSync(`${file}.next`)).toBe(false);
  });

  it('is refused in a sentence: without a new key, with a wrong old one, twice, beside other processes', async () => {
    const world = await openKeyed();
    const env = await serverVariables(world.databaseUrl);
    const withNew = { ...env, NEW_SECRET_KEY: nextKey };
    const other = { ...withNew, SECRET_KEY: 'another key altogether, of forty characters' };
    expectSentence(await runProgram(['rekey'], env), 2, /set NEW_SECRET_KEY/);
    expectSentence(await runProgram(['rekey'], other), 1, /made with another SECRET_KEY/);
    await withClient(world.databaseUrl, async (client) => {
      await client.query('select 1');
      expectSentence(
        await runProgram(['rekey'], withNew),
        1,
        /Other processes of Trialbell use the database/,
      );
    });
    // Stored by a version in which the case of letters counted, and not started since.
    await withClient(world.databaseUrl, async (client) => {
      await client.query(`delete from settings where name = 'address-hashes'`);
      await client.query('update subscribers set address = $1, address_hash = $2 where id = 2', [
        oldKeys.encrypt('Bob@example.net'),
        oldKeys.hashSpellings('Bob@example.net')[1],
      ]);
    });
    const done = await runProgram(['rekey'], withNew);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/2 subscribers and 2 emails/) });
    expectSentence(await runProgram(['rekey'], withNew), 1, /has this new key already/);
    expect(await runProgram(['runs'], { ...env, SECRET_KEY: nextKey })).toMatchObject({ code: 0 });
    expect(await findSubscriber(world.another().db, newKeys, 'bob@EXAMPLE.net')).toBe(2);
  });
});
