import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../src/db/maintenance/migrate.ts';
import { openQueues } from '../../src/queue/open.ts';
import { pgbouncer, pgpool, startPgBouncer, startPgpool } from '../support/poolers.ts';
import { runProgram, testKey } from '../support/program.ts';
import { withRedis } from '../support/redis.ts';
import { type StrictServer, startStrictServer } from '../support/refused-servers.ts';
import {
  findFreePort,
  hasPostgres15,
  redisProgram,
  type Started,
  startPostgres15,
  startRedis,
} from '../support/servers.ts';
import { startStandby } from '../support/standby.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
const table = guide.split('## What a start refuses')[1]?.split('\n## ')[0] ?? '';
/** What is there, and what is said of it. */
const rows = [...table.matchAll(/^\| (?!what is there|---)(.+?) \| (.+) \|$/gm)].map(
  ([, there = '', said = '']) => [there, said] as const,
);
const pattern = (said: string) =>
  new RegExp(
    said
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );
/** An address of this machine that is not its loopback: protected mode asks for no more. */
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe.runIf(hasPostgres15 && pgbouncer && pgpool && redisProgram)('what a start refuses', () => {
  let server: StrictServer;
  let redis: Started;
  const closers: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await startStrictServer();
    closers.push(server.stop);
    redis = await startRedis();
    closers.push(redis.stop);
    for (const name of ['bell', 'owned', 'super', 'queue', 'newer', 'shared', 'apart'])
      await server.run(`create database ${name}`);
    await server.run(
      'create role app login; create role keeper login; create role few login connection limit 7',
    );
    await server.run('grant all on schema public to keeper', 'owned');
    for (const name of ['bell', 'super', 'queue', 'newer']) await migrateDatabase(server.urlOf(name));
  });
  afterAll(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const stopLater = async (starting: Promise<Started>) => {
    const { url, stop } = await starting;
    closers.push(stop);
    return url;
  };
  const withParams = (user: string, params: string) => `${server.urlOf('bell', user)}?${params}`;
  const onRedis = (url: string) => ({ DATABASE_URL: server.urlOf('bell'), REDIS_URL: url });
  const besides = async (name: string, statement: string, user = 'trialbell') => {
    await server.run(statement, name);
    return server.urlOf(name, user);
  };

  /** A database URL, or all variables, by the first column. */
  const there: Record<string, () => Promise<string | Record<string, string>>> = {
    'no server': async () => `postgres://localhost:${await findFreePort()}/bell`,
    'a wrong password': async () => server.urlOf('bell', 'locked').replace('locked', 'locked:wrong'),
    'no such database': async () => server.urlOf('nowhere'),
    'a database in another encoding': () =>
      besides('postgres', `create database ascii encoding 'SQL_ASCII' locale 'C' template template0`).then(
        () => server.urlOf('ascii'),
      ),
    'a standby alone': async () => {
      const primary = await startPostgres15();
      closers.push(primary.stop);
      return stopLater(startStandby(primary.url));
    },
    'a certificate that nobody trusts': async () => withParams('trialbell', 'sslmode=require'),
    'a file of `sslrootcert` that is not there': async () =>
      withParams('trialbell', 'sslmode=verify-full&sslrootcert=/nowhere.crt'),
    'a server that asks for TLS': async () => server.urlOf('bell', 'hidden'),
    'a server without TLS, and `sslmode`': async () =>
      `${await stopLater(startPostgres15())}?sslmode=verify-full`,
    'PgBouncer in transaction or statement mode': () =>
      stopLater(startPgBouncer(server.url, 'pool_mode = transaction')),
    'a pooler with too few sessions': () =>
      stopLater(startPgBouncer(server.url, 'pool_mode = session\ndefault_pool_size = 7')),
    'Pgpool with standbys': () => stopLater(startPgpool([server.url, server.url])),
    'a limit of connections': async () => server.urlOf('bell', 'few'),
    "another program's tables": () =>
      besides(
        'shared',
        `create table kysely_migration (name text); insert into kysely_migration values ('shop')`,
      ),
    'our tables in a schema that is not named': async () => {
      await migrateDatabase(await besides('apart', 'create schema own').then((url) => `${url}?schema=own`));
      return besides(
        'apart',
        'alter role app in database apart set search_path = own; grant usage on schema own to app',
        'app',
      );
    },
    'a role that may not create tables': () =>
      besides('postgres', 'create database empty').then(() => server.urlOf('empty', 'app')),
    'tables of another role': async () => {
      await migrateDatabase(server.urlOf('owned', 'keeper'));
      return server.urlOf('owned', 'app');
    },
    'tables of a superuser, as after a restore': async () => server.urlOf('super', 'app'),
    "a role that may not create in the queue's schema": async () => {
      const url = server.urlOf('queue');
      const queues = await openQueues({ databaseUrl: url, redisUrl: null, log: pino({ level: 'silent' }) });
      await queues.migrate();
      await queues.close();
      const inAll = (what: string) => `grant ${what} in schema public, bullmq to app`;
      return besides(
        'queue',
        `grant usage on schema public, bullmq to app; ${inAll('select, insert, update, delete on all tables')}; ${inAll('usage on all sequences')}`,
        'app',
      );
    },
    "a newer Trialbell's tables": () =>
      besides('newer', `insert into kysely_migration values ('999-later', 'then')`),
    'no Redis': async () => onRedis(`redis://localhost:${await findFreePort()}`),
    'a replica of Redis': async () => {
      const replica = await stopLater(startRedis());
      await withRedis(replica, (one) => one.call('replicaof', '127.0.0.1', new URL(redis.url).port));
      return onRedis(replica);
    },
    'a Redis that throws jobs away': async () => {
      const lossy = await stopLater(startRedis());
      await withRedis(lossy, (one) => one.call('config', 'set', 'maxmemory-policy', 'allkeys-lru'));
      return onRedis(lossy);
    },
    'a database number that Redis lacks': async () => onRedis(`${redis.url}/5000`),
    'a wrong password of Redis': async () => {
      await withRedis(redis.url, (one) => one.call('acl', 'setuser', 'known', 'on', '>right', '~*', '+@all'));
      return onRedis(redis.url.replace('//', '//known:wrong@'));
    },
    'a user of Redis without rights': async () => {
      await withRedis(redis.url, (one) =>
        one.call('acl', 'setuser', 'weak', 'on', '>pw', '~*', '+ping', '+info', '+select'),
      );
      return onRedis(redis.url.replace('//', '//weak:pw@'));
    },
    'Redis in protected mode': async () => {
      const open = await stopLater(startRedis());
      await withRedis(open, (one) => one.call('config', 'set', 'bind', '0.0.0.0'));
      return onRedis(open.replace('127.0.0.1', outside ?? ''));
    },
  };

  it('O2, O4, O6: the table in docs/operating.md has each that is set up here, and no other', () => {
    expect(rows.map(([what]) => what)).toEqual(Object.keys(there));
  });

  it.concurrent.for(rows)(
    'O2, O4, O6: %s: doctor says what the table says',
    async ([what, said], { skip }) => {
      skip(what === 'Redis in protected mode' && !outside, 'this machine has no address but its loopback');
      const set = await there[what]?.();
      const folder = join(import.meta.dirname, '../../node_modules/.cache');
      const env = { SECRET_KEY: testKey, DATA_DIR: folder, CTGOV_URL: 'http://127.0.0.1:1', PORT: '0' };
      const { stdout, code } = await runProgram(['doctor'], {
        ...env,
        ...(typeof set === 'string' ? { DATABASE_URL: set } : set),
      });
      const looks = stdout.split('\n').filter((line) => line.startsWith('LOOK'));
      expect(looks.join('\n')).toMatch(pattern(said));
      expect(code).toBe(1);
    },
  );
});
