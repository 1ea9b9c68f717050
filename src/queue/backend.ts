import { setTimeout as sleep } from 'node:timers/promises';
import {
  assertSchemaCompatibility,
  type createPostgresBackend,
  DEFAULT_SCHEMA,
  LATEST_SCHEMA_VERSION,
  PostgresConnection,
  PostgresQueueBackend,
  type Processor,
  Queue,
  runMigrations,
  SchemaMigrationRequiredError,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { TrialbellError } from '../errors.ts';
import { schemaOf } from '../postgres/database-url.ts';
import { insufficientPrivilege, sayMissingRight } from '../postgres/rights.ts';
import { SessionClient, type SessionConfig } from '../postgres/session-client.ts';
import { openSharedPool } from './shared-pool.ts';

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
  /** A fault of the store that its queues would not report, in words; null if there is none. */
  findFault(): Promise<string | null>;
  /** Migrates the store's own tables to the newest schema. Throws a TrialbellError if Redis can never be a queue's store. */
  migrate(): Promise<void>;
  /** Closes what queues and workers share. */
  close(): Promise<void>;
};

/** The time limit of one connection attempt, in milliseconds. */
export const connectTimeoutMs = 5_000;

/** BullMQ on PostgreSQL, in a schema of its own, with at most `max` connections for everything that is opened. */
export function postgresBackend(databaseUrl: string, max: number): Backend {
  const own = schemaOf(databaseUrl);
  const schema = own === null ? DEFAULT_SCHEMA : `${own}_${DEFAULT_SCHEMA}`;
  const session = {
    connectionString: databaseUrl,
    searchPath: `"${schema}"`,
    application_name: 'trialbell queue',
    connectionTimeoutMillis: connectTimeoutMs,
    // A query that gets no answer gives up its connection.
    query_timeout: 30_000,
  };
  const pool = openSharedPool(session, Math.max(1, max - 1));
  const connect: typeof createPostgresBackend = (name, opts, how = {}) => {
    // With a pool that is handed in, BullMQ would use its default schema.
    const connection = Object.assign(new PostgresConnection(pool.open()), { schema });
    const listenName = how.withBlockingConnection ? name : undefined;
    return new PostgresQueueBackend(connection, name, opts, true, listenName);
  };
  const opened = <T extends { disconnect(): Promise<void> }>(it: T) => ({
    it,
    drop: () => void it.disconnect().catch(() => {}),
  });
  const connection = {};
  return {
    findFault: () => findRightFault(pool.open() as Asks, schema).catch(() => null),
    openQueue: (name) => opened(new Queue(name, { connection }, connect)),
    openWorker: (name, processor, settings) =>
      opened(new Worker(name, processor, { ...settings, connection }, patient(connect))),
    async migrate() {
      const client = new SessionClient({ ...session, query_timeout: undefined } as SessionConfig);
      await client.connect();
      try {
        if (!(await isNewest(client, schema))) await runMigrations(client, schema);
        const fault = await findRightFault(client, schema);
        if (fault !== null) throw new TrialbellError(fault);
      } catch (cause) {
        if ((cause as { code?: string }).code !== insufficientPrivilege) throw cause;
        throw new TrialbellError(`The queue does not work. ${await sayMissingRight(client, schema)}`, {
          cause,
        });
      } finally {
        await client.end();
      }
    },
    close: pool.end,
  };
}

/** Finds a missing right to create: BullMQ makes a sequence for each queue at its first job. */
async function findRightFault(client: Asks, schema: string): Promise<string | null> {
  const { rows } = await client.query<{ may: boolean; role: string }>(
    `select has_schema_privilege(oid, 'create') as may, quote_ident(current_user) as role
     from pg_namespace where nspname = $1`,
    [schema],
  );
  return rows[0]?.may === false
    ? `The queue does not work: the role ${rows[0].role} may not create in the schema ${schema}. As its owner, once: grant create on schema ${schema} to ${rows[0].role};`
    : null;
}

type Asks = { query<Row>(text: string, values: unknown[]): Promise<{ rows: Row[] }> };

/** Migrating needs the right to create a schema even if it exists, so a store with the newest tables is left alone. */
async function isNewest(client: SessionClient, schema: string): Promise<boolean> {
  try {
    return (await assertSchemaCompatibility(client, schema)) >= LATEST_SCHEMA_VERSION;
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false;
    // The list of migrations has an older form, or the schema does not exist.
    if (/^(42703|3F000)$/.test((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}

/**
 * After an answer that is not a known connection error, BullMQ asks for the next job again at once. A
 * starting server gives many such answers, so this waits in between.
 */
const patient =
  (create: typeof createPostgresBackend): typeof createPostgresBackend =>
  (...args) => {
    const backend = create(...args);
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
