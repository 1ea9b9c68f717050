import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { checkServer } from '../../src/db/check-server.ts';
import { connect } from '../../src/db/connect.ts';
import { migrateDatabase } from '../../src/db/maintenance/migrate.ts';
import { openQueues } from '../../src/queue/open.ts';
import { dumpRows } from '../support/dump.ts';
import { openMailWorld } from '../support/mail-world.ts';
import { testKey } from '../support/program.ts';
import { type StrictServer, startStrictServer } from '../support/refused-servers.ts';
import { debianBin, hasPostgres15, withClient } from '../support/servers.ts';

const run = promisify(execFile);

describe.runIf(hasPostgres15)('a PostgreSQL of somebody’s own', () => {
  let server: StrictServer;
  beforeAll(async () => {
    server = await startStrictServer();
    await server.run('create role keeper login; create role app login');
  });
  afterAll(() => server.stop());
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function openQueuesOn(databaseUrl: string) {
    const queues = await openQueues({ databaseUrl, redisUrl: null, log: pino({ level: 'silent' }) });
    closers.push(queues.close);
    await queues.migrate();
    return queues;
  }

  /** News is read, planned and sent, and a job is done. */
  async function expectWork(databaseUrl: string): Promise<void> {
    const mail = await openMailWorld({ databaseUrl });
    closers.push(mail.close);
    await mail.world.round();
    expect(mail.sink.mails.length).toBeGreaterThan(0);
    const queues = await openQueuesOn(databaseUrl);
    const done = Promise.withResolvers<void>();
    queues.work('sweep', async () => done.resolve());
    expect(await queues.enqueue('sweep', {})).toBe(true);
    await done.promise;
    expect(await queues.fault()).toBeNull();
  }

  it('O6: after the first set-up a role works that may create nothing but the queue’s sequences', async () => {
    await server.run('create database bell owner keeper');
    const owned = server.urlOf('bell', 'keeper');
    await migrateDatabase(owned);
    await openQueuesOn(owned);
    const inAll = (what: string) => `grant ${what} in schema public, bullmq to app;`;
    await server.run(
      `grant usage on schema public, bullmq to app; grant create on schema bullmq to app;
       ${inAll('select, insert, update, delete on all tables')} ${inAll('usage on all sequences')}`,
      'bell',
    );
    const url = server.urlOf('bell', 'app');
    await checkServer(url, { connections: 15 });
    await migrateDatabase(url);
    await expectWork(url);
  });

  it('O6: restored under another owner and name, every row is there and it works on', async () => {
    await server.run('create database before');
    await migrateDatabase(server.urlOf('before'));
    const mail = await openMailWorld({ databaseUrl: server.urlOf('before'), people: ['bea@example.net'] });
    const rows = await mail.world.dump();
    await mail.close();
    await server.run('create database "After It" owner keeper');
    const after = server.urlOf('After%20It', 'keeper');
    const file = join(server.socket, 'bell.dump');
    const dump = ['--format=custom', '--exclude-schema=bullmq', `--file=${file}`, server.urlOf('before')];
    await run(join(debianBin, 'pg_dump'), dump);
    await run(join(debianBin, 'pg_restore'), ['--no-owner', '--exit-on-error', `--dbname=${after}`, file]);
    const db = connect(after, { max: 1 });
    closers.push(() => db.destroy());
    expect(await dumpRows(db)).toEqual(rows);
    await migrateDatabase(after);
    await expectWork(after);
  });

  it('O6: with a schema of its own it works, and its queue takes no name that another program may have', async () => {
    await server.run('create database shared');
    const url = `${server.urlOf('shared')}?schema=bell`;
    await migrateDatabase(url);
    await expectWork(url);
    const schemas = await withClient(server.urlOf('shared'), async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `select nspname as name from pg_namespace where nspname !~ '^pg_|^information_schema$' order by 1`,
      );
      return rows.map(({ name }) => name);
    });
    expect(schemas).toEqual(['bell', 'bell_bullmq', 'public']);
  });

  it.each([
    ['its socket', () => `postgres://trialbell@/postgres?host=${server.socket}&port=${portOf(server)}`],
    [
      'its folder as the host',
      () => `postgres://trialbell@${encodeURIComponent(server.socket)}:${portOf(server)}/postgres`,
    ],
    [
      'TLS, with its certificate',
      () => `${server.urlOf('postgres', 'hidden')}?sslmode=verify-full&sslrootcert=${server.certificate}`,
    ],
    [
      'TLS as libpq requires it',
      () => `${server.urlOf('postgres', 'hidden')}?sslmode=require&sslrootcert=${server.certificate}`,
    ],
    [
      'a list of servers, one of them away',
      () => `postgres://trialbell@127.0.0.1:1,127.0.0.1:${portOf(server)}/postgres`,
    ],
  ])('O6: is reached over %s', async (_, form) => {
    const text = form().replace(/hidden@127\.0\.0\.1/, 'hidden@localhost');
    const { databaseUrl } = readConfig({ DATABASE_URL: text, SECRET_KEY: testKey });
    await checkServer(databaseUrl ?? '', { connections: 15 });
  });
});

const portOf = ({ url }: StrictServer) => new URL(url).port;
