import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RecordedRegistry, serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { expectSentence, makeDataDir, type Ran, runProgram, serverVariables } from '../support/program.ts';
import { withClient } from '../support/servers.ts';
import { study } from '../support/study.ts';

let database: TestDatabase;
let recorded: RecordedRegistry;
let env: Record<string, string>;
const folder = makeDataDir();

beforeAll(async () => {
  database = await createTestDatabase();
  const suspended = study('NCT09900001', {
    status: 'SUSPENDED',
    whyStopped: 'Drug supply',
    updatedOn: '2026-11-03',
  });
  const days = [
    { timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001'), study('NCT09900002')] },
    { timestamp: '2026-11-03T09:00:04', studies: [suspended, study('NCT09900002')] },
  ];
  recorded = await serveRecordedRegistry({ days });
  const servers = await serverVariables(database.url);
  env = {
    ...servers,
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    DATA_DIR: join(folder.path, 'data'),
  };
});
afterAll(async () => {
  await recorded.close();
  await database.drop();
  folder.remove();
});

const run = (...args: string[]): Promise<Ran> => runProgram(args, env);

describe('one round after another', () => {
  it('import, subscribe, once and runs do what the contract says, as-of refuses to go back', async () => {
    expect(await run('import', '--trial', 'NCT09900002')).toMatchObject({
      code: 0,
      stdout: '1 trials read, 1 of them new, 0 quarantined.\n',
    });
    expectSentence(await run('import', '--trial', 'NCT09999999'), 1, /does not know NCT09999999/);
    const wish = ['--trial', 'nct 09900001', '--timezone', 'Europe/Kyiv', '--hour', '7', '--json'];
    const confirmed = ['--confirmed', '--consent', 'on paper, November 2, 2026'];
    const followed = await run('subscribe', 'ann@example.net', ...wish, ...confirmed);
    expect(JSON.parse(followed.stdout).subscriptions).toMatchObject([
      { words: 'NCT09900001', state: 'active', watching: true, isNew: true },
    ]);
    const asked = await run('subscribe', 'eve@example.net', '--trial', 'NCT09900001');
    expect(asked).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('An email will ask for confirmation'),
    });
    expectSentence(await run('subscribe', 'eve@example.net', '--trial', 'NCT09999999'), 1, /NCT09999999/);

    const first = await run('once', '--as-of', '2036-11-02T12:00:00Z', '--json');
    const figures = {
      seen: 0,
      new: 0,
      adopted: 0,
      changed: 0,
      changes: 0,
      held: 0,
      quarantined: 0,
      removed: 0,
      outdated: 0,
      replaced: 0,
    };
    const digests = { planned: 0, sent: 0, deferred: 0, failed: 0, ambiguous: 0 };
    expect(JSON.parse(first.stdout)).toEqual({
      registries: { ctgov: { outcome: 'unchanged', ...figures } },
      digests,
    });
    expect(first.stdout.trim().split('\n')).toHaveLength(1);
    expect(first.code).toBe(0);

    recorded.setDay(1);
    const second = await run('once', '--json', '--as-of', '2036-11-03T13:00:00+01:00', '--registry', 'ctgov');
    expect(JSON.parse(second.stdout)).toMatchObject({
      registries: { ctgov: { outcome: 'completed', changed: 1, changes: 1 } },
      digests: { planned: 1, sent: 1 },
    });
    expectSentence(
      await run('once', '--json', '--as-of', '2036-11-03T11:59:59Z'),
      2,
      /cannot go back to 2036-11-03T11:59:59/,
    );
    const table = await run('once', '--as-of', '2036-11-03T12:00:00Z');
    expect(table.stdout).toContain('ctgov     unchanged');
    expect(table.stdout).toContain('Digests: 0 planned');
    const runs = await run('runs');
    expect(runs.stdout).toMatch(/^run +registry +kind +outcome/);
    expect(runs.stdout).toMatch(/ctgov +poll +completed/);
    expect(JSON.parse((await run('runs', '--json')).stdout).runs[0]).toMatchObject({
      kind: 'poll',
      changes: 1,
    });

    recorded.setDay(0);
    recorded.setFault({ kind: 'status', status: 403 });
    const failed = await run('once', '--as-of', '2036-11-04T12:00:00Z', '--json');
    recorded.setFault(null);
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout).registries.ctgov.outcome).toBe('failed');
    expect(failed.stderr).toMatch(/ClinicalTrials.gov/);
    expect(failed.stderr).not.toMatch(/^\s+at /m);
  });
});

describe('reports a fault in one sentence', () => {
  it('of variables: each by name, with an example', async () => {
    const ran = await runProgram(['once'], {
      DATABASE_URL: 'mysql://x',
      PORT: '99999',
      SMTP_URL: 'mail.example.org',
      MIN_AGE: 'old',
    });
    expectSentence(ran, 1, /The configuration is wrong:/);
    for (const name of ['DATABASE_URL', 'PORT', 'SMTP_URL', 'MIN_AGE']) expect(ran.stderr).toContain(name);
    const doctor = await runProgram(['doctor'], { PORT: '-1' });
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/^LOOK .*PORT/s) });
  });

  it('R10: of a secret key that is another', async () => {
    const ran = await runProgram(['runs'], {
      ...env,
      SECRET_KEY: 'another key altogether, of forty characters',
    });
    expectSentence(ran, 1, /made with another SECRET_KEY/);
  });

  it('R11: of a schema that is newer than the program', async () => {
    const newer = await createTestDatabase();
    await withClient(newer.url, (client) =>
      client.query(`insert into kysely_migration values ('999-later', now()::text)`),
    );
    const ran = await runProgram(['runs'], { ...env, DATABASE_URL: newer.url });
    await newer.drop();
    expectSentence(ran, 1, /made by a newer Trialbell \(it has 999-later\)/);
  });

  it('of a database that is away, under an address or under a name, and its password is not repeated', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => server.close(resolve));
    for (const host of ['127.0.0.1', 'localhost']) {
      const url = `postgres://me:pass-word@${host}:${port}/x`;
      const ran = await runProgram(['once', '--json'], { ...env, DATABASE_URL: url });
      expectSentence(ran, 1, /PostgreSQL at .* does not let us in: .*ECONNREFUSED.*DATABASE_URL/);
      expect(ran.stderr).not.toContain('pass-word');
    }
  });
});

describe('doctor and migrate', () => {
  it('doctor reports the checks that pass and those that need a person, and then exits with 1', async () => {
    const { ADMIN_EMAILS: _, ...plain } = env;
    const looked = await runProgram(['doctor'], plain);
    expect(looked.stdout).toContain('LOOK  Nobody gets alarms: set ADMIN_EMAILS.');
    expect(looked.stdout).toMatch(/ASK {3}Is the secret key in your backup\?/);
    expect(looked.code).toBe(1);
    recorded.setFault({ kind: 'status', status: 403 });
    const away = await runProgram(['doctor'], { ...env, SMTP_URL: 'smtp://127.0.0.1:1' });
    recorded.setFault(null);
    expect(away.stdout).toMatch(/LOOK {2}The mail server at 127.0.0.1:1 does not answer/);
    expect(away.stdout).toMatch(/LOOK {2}.*ClinicalTrials.gov/);
    expect(away.code).toBe(1);
  });

  it('migrate brings an empty database to the newest schema, twice and from two processes at once', async () => {
    const empty = await createTestDatabase({ empty: true });
    const fresh = { ...env, DATABASE_URL: empty.url };
    const ran = await Promise.all([runProgram(['migrate'], fresh), runProgram(['migrate'], fresh)]);
    for (const one of [...ran, await runProgram(['migrate'], fresh)]) {
      expect(one).toMatchObject({ code: 0, stdout: 'The database is at the newest schema.\n', stderr: '' });
    }
    expect((await runProgram(['runs'], fresh)).stdout).toContain('Nothing has been read yet');
    await empty.drop();
  });
});
