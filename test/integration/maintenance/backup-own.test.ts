import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { connect } from '../../../src/db/connect.ts';
import { checkSecretKey } from '../../../src/db/settings.ts';
import { openKeys } from '../../../src/keys.ts';
import { dumpRows } from '../../support/dump.ts';
import { expectSentence, runProgram, testKey } from '../../support/program.ts';
import { debianBin, hasPostgres15, startPostgres15, withClient } from '../../support/servers.ts';

const run = promisify(execFile);

const guide = readFileSync(join(import.meta.dirname, '../../../docs/operating.md'), 'utf8');

/** The guide's command that begins with a word. */
function documented(program: string): string {
  const line = guide.split('\n').find((one) => one.startsWith(`${program} `));
  if (!line) throw new Error(`docs/operating.md has no command ${program}`);
  return line;
}

it.skipIf(!hasPostgres15)(
  'R10: your own PostgreSQL 15: pg_dump and pg_restore as documented bring back every row, and the key must fit',
  async () => {
    const server = await startPostgres15();
    const folder = mkdtempSync(join(tmpdir(), 'trialbell-own-'));
    const urlOf = (name: string) => server.url.replace(/postgres$/, name);
    const shell = (command: string, databaseUrl: string) =>
      run('/bin/sh', ['-c', command], {
        cwd: folder,
        env: { PATH: `${debianBin}:/usr/bin:/bin`, DATABASE_URL: databaseUrl },
      });
    try {
      for (const name of ['bell', 'fresh'])
        await withClient(server.url, (client) =>
          client.query(`create database ${name} encoding 'UTF8' template template0`),
        );
      const env = { SECRET_KEY: testKey, DATA_DIR: folder, DATABASE_URL: urlOf('bell') };
      expect(await runProgram(['migrate'], env)).toMatchObject({ code: 0 });
      const keys = openKeys(testKey);
      const db = connect(urlOf('bell'), { max: 1 });
      await checkSecretKey(db, keys.fingerprint);
      await sql`insert into subscribers (address, address_hash, language, timezone, hour, created_at)
        values (${keys.encrypt('ann@example.net')}, ${keys.hashAddress('ann@example.net')}, 'en', 'UTC', 9, now())`.execute(
        db,
      );
      await sql`insert into deliveries (kind, subscriber_id, params, due_at, planned_at)
        values ('confirmation', 1, ${keys.encrypt('{}')}, now(), now())`.execute(db);
      const before = await dumpRows(db).finally(() => db.destroy());

      await shell(documented('pg_dump'), urlOf('bell'));
      await shell(documented('pg_restore'), urlOf('fresh'));
      const fresh = { ...env, DATABASE_URL: urlOf('fresh') };
      const restored = connect(urlOf('fresh'), { max: 1 });
      expect(await dumpRows(restored)).toEqual(before);
      const settled = await runProgram(documented('npx trialbell migrate').split(' ').slice(2), fresh);
      expect(settled).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('1 emails that were waiting at the time of the backup'),
      });
      const { rows } = await sql`select was_ambiguous, (select nextval('subscribers_id_seq')) as next
        from deliveries`.execute(restored);
      await restored.destroy();
      expect(rows).toEqual([{ was_ambiguous: true, next: 1_000_000_002 }]);
      const other = { ...fresh, SECRET_KEY: 'another key altogether, of forty characters' };
      expectSentence(
        await runProgram(['runs'], other),
        1,
        /made with another SECRET_KEY.*part of the backup/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await server.stop();
    }
  },
);
