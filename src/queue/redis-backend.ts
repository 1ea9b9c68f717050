import { DEFAULT_SCHEMA, Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { TrialbellError } from '../errors.ts';
import { type Backend, connectTimeoutMs } from './backend.ts';
import { findRedisFault } from './check-redis.ts';

/** BullMQ on Redis or Valkey, under a key prefix of its own. */
export function redisBackend(redisUrl: string, prefix: string = DEFAULT_SCHEMA): Backend {
  return {
    openQueue(name) {
      // Without an offline queue, enqueueing fails at once while Redis is unavailable, instead of blocking
      // its caller.
      const { redis, drop } = openRedis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
      const streams = { events: { maxLen: 100 } };
      return { it: new Queue(name, { prefix, connection: redis, streams }), drop };
    },
    openWorker(name, processor, settings) {
      const { redis, drop } = openRedis(redisUrl, { maxRetriesPerRequest: null });
      return { it: new Worker(name, processor, { ...settings, prefix, connection: redis }), drop };
    },
    findFault: async () => (await findRedisFault(redisUrl, prefix))?.text ?? null,
    async migrate() {
      const fault = await findRedisFault(redisUrl, prefix);
      // A Redis that is down may come back: everything waits for it.
      if (fault && !fault.isAway) throw new TrialbellError(fault.text);
    },
    close: async () => {},
  };
}

type Limits = Pick<RedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest'>;

/**
 * BullMQ waits forever to close a connection that is reconnecting. So we open the connection, and keep track
 * of the copies that BullMQ makes.
 */
function openRedis(url: string, limits: Limits): { redis: Redis; drop(): void } {
  const redis = new Redis(url, {
    ...limits,
    connectTimeout: connectTimeoutMs,
    // An answer that is lost with the network would be waited for many minutes. BullMQ blocks for 10 s at most.
    socketTimeout: 30_000,
    retryStrategy: (attempt: number) => Math.min(100 * 2 ** attempt, 2_000),
  });
  const clients = [quiet(redis)];
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (...args) => {
    const copy = quiet(duplicate(...args));
    clients.push(copy);
    return copy;
  };
  return {
    redis,
    drop() {
      for (const client of clients) client.disconnect();
    },
  };
}

/**
 * Keeps libraries from writing to the terminal. An answer that nobody asked for, as in protected mode, is an error
 * event, which would end the process before BullMQ listens. The check already reports the eviction policy.
 */
function quiet(redis: Redis): Redis {
  redis.on('error', () => {});
  const info = redis.info.bind(redis) as (...args: unknown[]) => Promise<string>;
  const ask = async (...args: unknown[]) => (await info(...args))?.replace(/^maxmemory_policy:/m, 'policy:');
  return Object.assign(redis, { info: ask });
}
