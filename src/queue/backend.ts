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

/** What the shell needs of a BullMQ queue, whatever it runs on. */
export type BackendQueue = Pick<
  Queue,
  'addBulk' | 'getFailed' | 'getJob' | 'getJobCounts' | 'waitUntilReady' | 'close'
> &
  ReportsErrors;

/** What the shell needs of a BullMQ worker, whatever it runs on. */
export type BackendWorker = Pick<Worker, 'waitUntilReady' | 'run' | 'close'> & ReportsErrors;

type ReportsErrors = { on(event: 'error', listener: (error: Error) => void): unknown };

/** Something opened, and the way to drop its connections when the store is not there to be told good-bye. */
export type Opened<T> = { it: T; drop(): void };

type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>;

/** One of BullMQ's two stores. */
export type Backend = {
  openQueue(name: string): Opened<BackendQueue>;
  openWorker(name: string, processor: Processor, settings: WorkerSettings): Opened<BackendWorker>;
  /** Brings the store's own tables to the newest form; nothing to do on Redis. */
  migrate(): Promise<void>;
};

/** How long one connection attempt may take, in milliseconds. */
const connectTimeoutMs = 5_000;

/** A connection that breaks between two queries, while nobody listens, ends no process: the next query says it. */
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
      // Without an offline queue a ring fails at once while Redis is away, instead of holding its caller.
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

/** BullMQ waits for ever to close a connection that is being re-made, so it gets ours, and we remember its copies. */
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

/** BullMQ asks for the next job again at once after any answer it does not know as a lost connection; a server that is just starting gives many. */
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
