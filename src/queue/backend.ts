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
import { Client } from 'pg';

/** What the shell needs of a BullMQ queue, whatever it runs on. */
export type BackendQueue = Pick<
  Queue,
  'add' | 'getFailed' | 'getJobCounts' | 'waitUntilReady' | 'close' | 'disconnect'
> & { on(event: 'error', listener: (error: Error) => void): unknown };

/** What the shell needs of a BullMQ worker, whatever it runs on. */
export type BackendWorker = Pick<Worker, 'waitUntilReady' | 'run' | 'close' | 'disconnect'> & {
  on(event: 'error', listener: (error: Error) => void): unknown;
};

type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>;

/** One of BullMQ's two stores. */
export type Backend = {
  openQueue(name: string): BackendQueue;
  openWorker(name: string, processor: Processor, settings: WorkerSettings): BackendWorker;
  /** Brings the store's own tables to the newest form; nothing to do on Redis. */
  migrate(): Promise<void>;
};

/** How long one connection attempt may take, in milliseconds. */
const connectTimeoutMs = 5_000;

/** BullMQ on PostgreSQL, in a schema of its own. */
export function postgresBackend(databaseUrl: string, schema: string = DEFAULT_SCHEMA): Backend {
  const connection = (max: number) => ({
    connectionString: databaseUrl,
    schema,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  });
  return {
    openQueue: (name) => new Queue(name, { connection: connection(2) }, createPostgresBackend),
    openWorker: (name, processor, settings) =>
      new Worker(name, processor, { ...settings, connection: connection(3) }, createPatientBackend),
    async migrate() {
      const client = new Client({
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
  const base = {
    url: redisUrl,
    connectTimeout: connectTimeoutMs,
    retryStrategy: (attempt: number) => Math.min(100 * 2 ** attempt, 2_000),
  };
  return {
    // Without an offline queue a ring fails at once while Redis is away, instead of holding its caller.
    openQueue: (name) =>
      new Queue(name, {
        prefix,
        connection: { ...base, enableOfflineQueue: false, maxRetriesPerRequest: 1 },
        streams: { events: { maxLen: 100 } },
      }),
    openWorker: (name, processor, settings) =>
      new Worker(name, processor, {
        ...settings,
        prefix,
        connection: { ...base, maxRetriesPerRequest: null },
      }),
    migrate: async () => {},
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
