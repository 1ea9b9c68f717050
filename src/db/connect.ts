import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { messageOf, TrialbellError } from '../errors.ts';
import type { Database } from './schema.ts';

/** The database with its tables. */
export type Db = Kysely<Database>;
/** A transaction. */
export type Tx = Transaction<Database>;

const oldestMajor = 15;

/** Parsers of driver values: bigint as number, instants as ISO strings, days as they are written. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.DATE) return (text: string) => text;
    if (oid === pg.types.builtins.TIMESTAMPTZ) return (text: string) => new Date(text).toISOString();
    return pg.types.getTypeParser(oid, format);
  },
};

/**
 * Begins a statement that each connection plans once and then reuses: one with fixed text that costs more to
 * plan than to run. Its parameters must not affect which plan is good.
 */
export const planOnce = sql.raw<never>('/* planned once */');
const plannedOnce = /^\s*\/\* planned once \*\//;

/** Opens a pool for a PostgreSQL database. Connects on first use; replaces idle connections that break. */
export function connect(url: string, options: { max?: number } = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 8,
    types: types as pg.CustomTypesConfig,
    application_name: 'trialbell',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // A process that freezes, or a host that is cut off, within a transaction blocks others no longer than
    // this.
    idle_in_transaction_session_timeout: 60_000,
  });
  pool.on('error', () => {});
  // The pool only watches its idle clients: a client that breaks in use between two queries would end the
  // process.
  pool.on('connect', (client) => {
    client.on('error', () => {});
    keepPlans(client);
  });
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** PostgreSQL keeps the plans of named statements, so statements that ask for it get a name. */
function keepPlans(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (text: unknown, values?: unknown) => unknown;
  const ask = (text: unknown, values?: unknown) =>
    typeof text === 'string' && plannedOnce.test(text)
      ? query({ name: createHash('md5').update(text).digest('hex'), text, values })
      : query(text, values);
  Object.assign(client, { query: ask });
}

/** Error codes of a database, or of the network, while it starts or restarts. */
const startingCodes = new Set(['57P03', '57P01', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN']);

/**
 * Checks that a database answers, is new enough and uses UTF-8. Waits up to `patienceMs` for one that is
 * starting. Throws a TrialbellError that names the problem and the remedy, never the URL's password.
 */
export async function checkServer(url: string, patienceMs = 0): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await checkServerNow(url);
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      if (!startingCodes.has(code ?? '') || performance.now() >= giveUpAt) throw error;
      await sleep(1_000);
    }
  }
}

async function checkServerNow(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  const where = new URL(url);
  const name = `PostgreSQL at ${where.hostname}:${where.port || 5432}${where.pathname}`;
  try {
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding`,
    );
    const { major, encoding } = rows[0];
    if (major < oldestMajor) {
      throw new TrialbellError(`${name} is version ${major}; Trialbell needs ${oldestMajor} or newer.`);
    }
    if (encoding !== 'UTF8') {
      throw new TrialbellError(`${name} stores text as ${encoding}; make a database with encoding UTF8.`);
    }
  } catch (cause) {
    if (cause instanceof TrialbellError) throw cause;
    throw new TrialbellError(
      `${name} does not let us in: ${messageOf(cause)}. Check that it runs and that DATABASE_URL is right.`,
      { cause },
    );
  } finally {
    await client.end().catch(() => {});
  }
}
