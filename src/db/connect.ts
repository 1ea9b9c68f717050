import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { messageOf, TrialbellError } from '../errors.ts';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

const oldestMajor = 15;

/** Parsers for what crosses the border: bigint as number, instants as ISO strings, days as they are written. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.DATE) return (text: string) => text;
    if (oid === pg.types.builtins.TIMESTAMPTZ) return (text: string) => new Date(text).toISOString();
    return pg.types.getTypeParser(oid, format);
  },
};

/**
 * Begins a statement that each connection plans once and then runs again: one of fixed text that costs more to plan than to
 * run. What it is run with must not change which plan is good.
 */
export const planOnce = sql.raw<never>('/* planned once */');
const plannedOnce = /^\s*\/\* planned once \*\//;

/** Opens a pool on a PostgreSQL database. Nothing is connected yet; idle connections that break are replaced. */
export function connect(url: string, options: { max?: number } = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 8,
    types: types as pg.CustomTypesConfig,
    application_name: 'trialbell',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // A process that was frozen, or a host that was cut off, in the middle of a transaction holds up nobody for longer.
    idle_in_transaction_session_timeout: 60_000,
  });
  pool.on('error', () => {});
  // The pool hears only its idle clients: one that breaks in use between two queries would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => {});
    keepPlans(client);
  });
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** PostgreSQL keeps the plans of statements that have a name: those that ask for it get one. */
function keepPlans(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (text: unknown, values?: unknown) => unknown;
  const ask = (text: unknown, values?: unknown) =>
    typeof text === 'string' && plannedOnce.test(text)
      ? query({ name: createHash('md5').update(text).digest('hex'), text, values })
      : query(text, values);
  Object.assign(client, { query: ask });
}

/** What a database says, or the network for it, while it starts or is restarted. */
const startingCodes = new Set(['57P03', '57P01', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN']);

/**
 * Makes sure that a database answers and is new enough and in UTF-8, waiting `patienceMs` for one that is starting. Throws
 * a TrialbellError that says which and what to do; the address's password is never repeated.
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
