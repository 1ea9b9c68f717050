import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { sessionPool } from '../postgres/session-client.ts';
import type { Database } from './schema.ts';

/** The database with its tables. */
export type Db = Kysely<Database>;
/** A transaction. */
export type Tx = Transaction<Database>;

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

/**
 * A list as a parameter of a statement that is planned once, of a type like `bigint[]`. PostgreSQL would compare what the
 * plan for any list costs with what one for just this list does, and make the latter each time for a shorter list than it
 * expects.
 */
export const anyList = (list: readonly unknown[], type: string) =>
  sql`(select ${list}::${sql.raw(type)})::${sql.raw(type)}`;

/**
 * After a column: rows are found by something better. When a plan was made, an index on few rows may look better still,
 * and all rows that are due or under way would be read for a handful.
 */
export const notIndexed = sql.raw<never>("|| ''");
const plannedOnce = /^\s*\/\* planned once \*\//;

/** Opens a pool for a PostgreSQL database. Connects on first use; replaces idle connections that break. */
export function connect(url: string, options: { max?: number } = {}): Db {
  const pool = new pg.Pool(
    sessionPool({
      connectionString: url,
      max: options.max ?? 8,
      types: types as pg.CustomTypesConfig,
      application_name: 'trialbell',
      connectionTimeoutMillis: 10_000,
    }),
  );
  pool.on('error', () => {});
  pool.on('connect', keepPlans);
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

/** Whether an error says that the database cannot be reached or used now, rather than that a statement is wrong. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  return (
    /^(08...|57P0[1-5]|53300|25006|ECONN|ETIMEDOUT|EHOST|ENOTFOUND|EAI_AGAIN|EPIPE)/.test(code) ||
    /^(Connection terminated|timeout exceeded when trying to connect|timeout expired)/.test(message)
  );
}
