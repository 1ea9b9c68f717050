import { setTimeout as sleep } from 'node:timers/promises';
import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type Processor,
  Queue,
  runMigrations,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { Client, type ClientConfig } from 'pg';

/** The methods of a BullMQ queue that this module uses, on either store. */
export type BackendQueue = Pick<
  Queue,
  'addBulk' | 'getFailed' | 'getJob' | 'getJobCounts' | 'waitUntilReady' | 'close'
> &
  ReportsErrors;

/** The methods of a BullMQ worker that this module uses, on either store. */
export type BackendWorker = Pick<Worker, 'waitUntilReady' | 'run' | 'close'> & ReportsErrors;

type ReportsErrors = { on(event: 'error', listener: (error: Error) => void): unknown };

/**
 * An opened queue or worker. `drop` closes its connections without contacting the store, for when the store
 * is unavailable.
 */
export type Opened<T> = { it: T; drop(): void };

type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>;

/** One of BullMQ's two stores. */
export type Backend = {
  openQueue(name: string): Opened<BackendQueue>;
  openWorker(name: string, processor: Processor, settings: WorkerSettings): Opened<BackendWorker>;
  /** Migrates the store's own tables to the newest schema; does nothing on Redis. */
  migrate(): Promise<void>;
};

/** The time limit of one connection attempt, in milliseconds. */
const connectTimeoutMs = 5_000;

/**
 * A client whose connection may break between two queries without ending the process. The next query reports
 * the error.
 */
class SturdyClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/** BullMQ on PostgreSQL, in a schema of its own. */
export function postgresBackend(databaseUrl: string, schema: string = DEFAULT_SCHEMA): Backend {
  const connection = (max: number) => ({
    connectionString: databaseUrl,
    schema,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    Client: SturdyClient,
  });
  const opened = <T extends { disconnect(): Promise<void> }>(it: T) => ({
    it,
    drop: () => void it.disconnect().catch(() => {}),
  });
  return {
    openQueue: (name) => opened(new Queue(name, { connection: connection(2) }, createPostgresBackend)),
    openWorker: (name, processor, settings) =>
      opened(new Worker(name, processor, { ...settings, connection: connection(3) }, createPatientBackend)),
    async migrate() {
      const client = new SturdyClient({
        connectionString: databaseUrl,
        connectionTimeoutMillis: connectTimeoutMs,
      });
      await client.connect();
      try {
        await runMigrations(client, schema);
      } finally {
        await client.end();
      }
    },
  };
}

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
    migrate: async () => {},
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
    retryStrategy: (attempt: number) => Math.min(100 * 2 ** attempt, 2_000),
  });
  const clients = [redis];
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (...args) => {
    const copy = duplicate(...args);
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
 * After an answer that is not a known connection error, BullMQ asks for the next job again at once. A
 * starting server gives many such answers, so this waits in between.
 */
const createPatientBackend: typeof createPostgresBackend = (...args) => {
  const backend = createPostgresBackend(...args);
  const moveToActive = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...moved) => {
    try {
      return await moveToActive(...moved);
    } catch (error) {
      await sleep(500);
      throw error;
    }
  };
  return backend;
};
