import { pino } from 'pino';
import { inject } from 'vitest';
import type { Log } from '../../src/log.ts';
import { openQueues, type Queues } from '../../src/queue/open.ts';
import { claimRedisDatabase, withRedis } from './redis.ts';
import { withClient } from './servers.ts';

/** The queue store of one test file: a schema in the test database, or its own Redis database. */
export type TestQueueStore = {
  databaseUrl: string;
  redisUrl: string | null;
  /** Opens migrated queues on it. `through` replaces the store's port by that of a proxy. */
  open(options?: { log?: Log; through?: number }): Promise<Queues>;
  /** Deletes everything at once, like FLUSHALL or TRUNCATE. */
  wipe(): Promise<void>;
};

/** Makes a queue store for this combination; `databaseUrl` is the test file's database. */
export async function createTestQueueStore(databaseUrl: string): Promise<TestQueueStore> {
  const servers = inject('servers');
  const redisUrl = servers.redisUrl === null ? null : await claimRedisDatabase(servers.redisUrl);
  return {
    databaseUrl,
    redisUrl,
    async open({ log = pino({ level: 'silent' }), through } = {}) {
      const queues = await openQueues({
        databaseUrl: redisUrl === null ? withPort(databaseUrl, through) : databaseUrl,
        redisUrl: redisUrl === null ? null : withPort(redisUrl, through),
        log,
      });
      await queues.migrate();
      return queues;
    },
    async wipe() {
      if (redisUrl === null) await truncateAll(databaseUrl);
      else await withRedis(redisUrl, (redis) => redis.flushdb());
    },
  };
}

function withPort(address: string, port: number | undefined): string {
  const url = new URL(address);
  if (port !== undefined) url.port = String(port);
  return url.href;
}

async function truncateAll(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ names: string }>(
      `select string_agg(format('bullmq.%I', tablename), ', ') as names from pg_tables
       where schemaname = 'bullmq' and tablename <> 'migration'`,
    );
    // Running workers may lock these tables in another order.
    for (let tries = 1; ; tries += 1) {
      try {
        return void (await client.query(`truncate ${rows[0]?.names} cascade`));
      } catch (error) {
        if ((error as { code?: string }).code !== '40P01' || tries === 10) throw error;
      }
    }
  });
}
