import pg from 'pg';

/** What the program relies on in every session. Roles, databases and servers can set all of it otherwise. */
const relied: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO, YMD',
  TimeZone: 'UTC',
  timezone_abbreviations: 'Default',
  IntervalStyle: 'postgres',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  bytea_output: 'hex',
  array_nulls: 'on',
  transform_null_equals: 'off',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  extra_float_digits: '1',
  gin_fuzzy_search_limit: '0',
  row_security: 'on',
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_session_timeout: '0',
  // A process that freezes, or a host that is cut off, within a transaction blocks others no longer than this.
  idle_in_transaction_session_timeout: '60000',
};

/** Sets what the running server knows of these; PostgreSQL 15 has no transaction_timeout. */
const settle = `select pg_catalog.set_config(name, value, false)
  from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) as wanted(name, value)
  where pg_catalog.current_setting(name, true) is not null`;

/** How to reach a database, and where its session looks for tables: in the URL's `schema` by default. */
export type SessionConfig = pg.ClientConfig & { connectionString: string; searchPath?: string };

/**
 * A connection whose session is set by statement, because poolers drop startup parameters. It may break between
 * two queries without ending the process: the next query reports the error.
 */
export class SessionClient extends pg.Client {
  readonly #settings: Record<string, string>;

  constructor(config?: string | pg.ClientConfig) {
    const { searchPath, connectionString, ...rest } = config as SessionConfig;
    super({ ...rest, connectionString: withoutAliases(connectionString) });
    this.#settings = { ...relied, search_path: searchPath ?? searchPathOf(connectionString) };
    this.on('error', () => {});
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(callback?: (error: never, client: never) => void): Promise<pg.Client> | undefined {
    const settled = super.connect().then(async () => {
      try {
        await super.query(settle, [Object.keys(this.#settings), Object.values(this.#settings)]);
      } catch (error) {
        await this.end().catch(() => {});
        throw error;
      }
      return this as pg.Client;
    });
    if (!callback) return settled;
    const answer = callback as (error: Error | null, client?: pg.Client) => void;
    settled.then(
      (client) => answer(null, client),
      (error: Error) => answer(error),
    );
    return undefined;
  }
}

/** The schema that a database URL names for the program's tables, or null for PostgreSQL's usual one. */
export function schemaOf(databaseUrl: string): string | null {
  return new URL(databaseUrl).searchParams.get('schema');
}

function searchPathOf(databaseUrl: string): string {
  const schema = schemaOf(databaseUrl);
  return schema === null ? '"$user", public' : pg.escapeIdentifier(schema);
}

/** The driver takes these modes for `verify-full` and says so on the terminal at every start. */
function withoutAliases(databaseUrl: string): string {
  return databaseUrl.replace(/([?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}

/** The settings of a pool of such connections. */
export function sessionPool(config: SessionConfig & { max: number }): pg.PoolConfig {
  return { ...config, Client: SessionClient as unknown as pg.PoolConfig['Client'] };
}
