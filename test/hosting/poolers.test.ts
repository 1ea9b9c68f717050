import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkServer } from '../../src/db/check-server.ts';
import { migrateDatabase } from '../../src/db/maintenance/migrate.ts';
import { sweep } from '../../src/jobs/sweep.ts';
import { openMailWorld } from '../support/mail-world.ts';
import { pgbouncer, pgpool, startPgBouncer, startPgpool } from '../support/poolers.ts';
import { expectSentence, runProgram, testKey } from '../support/program.ts';
import { createTestQueueStore } from '../support/queue.ts';
import { expectSentOnce, passTime, startSender, sweepUntilSent } from '../support/senders.ts';
import { hasPostgres15, type Started, startPostgres15, withClient } from '../support/servers.ts';

let server: Started;
beforeAll(async () => {
  server = await startPostgres15();
});
afterAll(() => server.stop());
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

let databases = 0;
/** A new database of the server, through a pooler. */
async function through(pooler: Promise<Started>): Promise<string> {
  const { url, stop } = await pooler;
  closers.push(stop);
  databases += 1;
  await withClient(server.url, (client) => client.query(`create database bell${databases}`));
  const own = new URL(url);
  own.pathname = `/bell${databases}`;
  return own.href;
}

async function expectRefused(databaseUrl: string, words: RegExp): Promise<void> {
  const env = { DATABASE_URL: databaseUrl, SECRET_KEY: testKey, PORT: '0' };
  expectSentence(await runProgram(['start'], env), 1, words);
  const doctor = await runProgram(['doctor'], env);
  expect([doctor.stdout, doctor.code]).toEqual([expect.stringMatching(words), 1]);
}

const people = Array.from({ length: 30 }, (_, at) => `reader${at}@example.net`);

/** Trials are imported, news is polled, planned and sent, and the sender is killed in the middle of it. */
async function sendThrough(databaseUrl: string): Promise<void> {
  await migrateDatabase(databaseUrl);
  const mail = await openMailWorld({ people, databaseUrl });
  closers.push(mail.close);
  const queues = await (await createTestQueueStore(databaseUrl)).open();
  closers.push(queues.close);
  const env = { DATABASE_URL: databaseUrl, SECRET_KEY: testKey, MAIL_RATE_PER_DOMAIN: '0' };
  const context = mail.world.another({ enqueue: queues.enqueue });
  const sender = await startSender(mail, env, context.now());
  await sweep(context);
  await expect.poll(() => mail.sink.mails.length, { interval: 1 }).toBeGreaterThan(4);
  await sender.kill();
  await passTime(mail, context);
  const other = await startSender(mail, env, context.now());
  await sweepUntilSent(mail, context);
  await other.stop();
  await expectSentOnce(mail, people);
}

describe.runIf(hasPostgres15 && pgbouncer)('behind PgBouncer', () => {
  it('O2: in session mode news is read, planned and sent, also by a sender that is killed meanwhile', async () => {
    await sendThrough(
      await through(startPgBouncer(server.url, 'pool_mode = session\ndefault_pool_size = 60')),
    );
  });

  it.each(['transaction', 'statement'])(
    'O2: in %s mode start and doctor refuse, with the way out',
    async (mode) => {
      await expectRefused(
        await through(startPgBouncer(server.url, `pool_mode = ${mode}`)),
        /a connection pooler that changes sessions between statements, .*: use its session mode, or the server's own port, in DATABASE_URL\./,
      );
    },
  );

  it('O2, O3: with fewer sessions than DATABASE_CONNECTIONS it is refused, and with as many it is not', async () => {
    const url = await through(startPgBouncer(server.url, 'pool_mode = session\ndefault_pool_size = 7'));
    await expectRefused(
      url,
      /pooler that has only 7 sessions for us now, and DATABASE_CONNECTIONS is 15: let it have more \(default_pool_size/,
    );
    await checkServer(url, { connections: 7 });
  });

  it('O2: sessions that are given out in turn do not hide transaction mode', async () => {
    const url = await through(
      startPgBouncer(server.url, 'pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 2'),
    );
    for (let tries = 0; tries < 3; tries += 1)
      await expect(checkServer(url)).rejects.toThrow(/changes sessions between statements/);
  });
});

describe.runIf(hasPostgres15 && pgpool)('behind Pgpool', () => {
  it('O2: with one server news is read, planned and sent, also by a sender that is killed meanwhile', async () => {
    await sendThrough(await through(startPgpool([server.url], 'num_init_children = 60')));
  });

  it('O2: answers from standbys or a cache are refused by start and doctor, with the way out', async () => {
    await expectRefused(
      await through(startPgpool([server.url, server.url])),
      /Pgpool, which may return outdated answers: set load_balance_mode = off in pgpool\.conf and restart it/,
    );
    await expectRefused(
      await through(startPgpool([server.url], 'memory_cache_enabled = on')),
      /set memory_cache_enabled = off in pgpool\.conf/,
    );
  });
});
