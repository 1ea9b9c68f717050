import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { withRedis } from '../support/redis.ts';
import { findFreePort, redisProgram, withClient } from '../support/servers.ts';
import type { SinkOrder, SinkWord } from './sink-log.ts';

/** A Redis of the run's own that can be stopped (it keeps nothing) and started again where it was. */
export type StoppableRedis = { url: string; stop(): Promise<void>; start(): Promise<void> };

/** Starts one on a free port, for this machine alone unless another address is given. */
export async function startStoppableRedis(address = '127.0.0.1'): Promise<StoppableRedis> {
  const program = redisProgram;
  if (!program) throw new Error('There is no redis-server here. Debian: apt-get install redis-server');
  const port = await findFreePort();
  const url = `redis://${address}:${port}`;
  let child: ChildProcess | null = null;
  const redis: StoppableRedis = {
    url,
    async start() {
      const settings = ['--port', `${port}`, '--bind', address, '--save', '', '--dir', '/tmp'];
      const rules = ['--maxmemory-policy', 'noeviction', '--protected-mode', 'no'];
      child = spawn(program, [...settings, ...rules], { stdio: 'ignore' });
      await untilThere(url);
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
  await redis.start();
  return redis;
}

/** Waits until a Redis that is starting answers. */
async function untilThere(url: string): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => 100 });
  redis.on('error', () => {});
  await redis.ping().finally(() => redis.disconnect());
}

/** Forgets everything the queue's store holds, its schedules included. */
export async function wipeQueue(databaseUrl: string, redisUrl: string | null): Promise<void> {
  if (redisUrl !== null) {
    await withRedis(redisUrl, (redis) => redis.flushdb());
    return;
  }
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ names: string | null }>(
      `select string_agg(format('bullmq.%I', tablename), ', ') as names from pg_tables
       where schemaname = 'bullmq' and tablename <> 'migration'`,
    );
    if (rows[0]?.names) await client.query(`truncate ${rows[0].names} cascade`);
  });
}

/** The mail server's process. */
export type Sink = {
  url: string;
  order(order: Exclude<SinkOrder, { do: 'report' }>): void;
  report(): Promise<Extract<SinkWord, { passages: unknown }>>;
  close(): Promise<void>;
};

/** Where a mail server listens for other hosts, and the folder with its `key.pem` and `cert.pem`. */
export type SinkPlace = { address: string; certificate: string };

/** Starts the mail server; `slowestMs` is the longest it takes over a message. Without a place it is for this machine alone. */
export async function startSink(slowestMs: number, place?: SinkPlace): Promise<Sink> {
  const args = [`${slowestMs}`, ...(place ? [place.address, place.certificate] : [])];
  const child = fork(join(import.meta.dirname, 'sink.ts'), args, { serialization: 'advanced' });
  const hear = async () => ((await once(child, 'message')) as [SinkWord])[0];
  const first = await hear();
  const port = 'port' in first ? first.port : 0;
  return {
    url: place ? `smtps://${place.address}:${port}` : `smtp://127.0.0.1:${port}`,
    order: (order) => void child.send(order),
    async report() {
      const heard = hear();
      child.send({ do: 'report' } satisfies SinkOrder);
      const word = await heard;
      if ('port' in word) throw new Error('the mail server said something else');
      return word;
    },
    async close() {
      child.disconnect();
      if (child.exitCode === null) await Promise.race([once(child, 'exit'), sleep(5_000)]);
    },
  };
}
