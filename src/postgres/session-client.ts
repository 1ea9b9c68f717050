import type { Socket } from 'node:net';
import pg from 'pg';
import { messageOf } from '../errors.ts';
import { atEndpoint, type Endpoint, endpointsOf, nameEndpoint, schemaOf } from './database-url.ts';
import { silentMs, watchSilence, withinListening } from './silence.ts';

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

/** Sets what the running server knows of these (PostgreSQL 15 has no transaction_timeout), and asks what it is. */
const settle = `select pg_catalog.set_config(name, value, false), pg_catalog.pg_is_in_recovery() as standby
  from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) as wanted(name, value)
  where pg_catalog.current_setting(name, true) is not null`;

/** How to reach a database, and where its session looks for tables: in the URL's `schema` by default. */
export type SessionConfig = pg.ClientConfig & { connectionString: string; searchPath?: string };

/** A server that only follows another was reached. The code is PostgreSQL's for a write that is refused. */
export class StandbyError extends Error {
  readonly code = '25006';
  constructor() {
    super(
      'it is a standby, which can only be read: DATABASE_URL has to lead to the primary server, or to name all servers (host1,host2), of which the primary is taken',
    );
  }
}

/**
 * A connection whose session is set by statement, because poolers drop startup parameters. Of several servers in its
 * URL it takes the primary. It may break between two queries without ending the process: the next query reports the
 * error.
 */
export class SessionClient extends pg.Client {
  readonly #settings: Record<string, string>;
  readonly #url: string;
  readonly #connectWithinMs: number;

  constructor(config?: string | pg.ClientConfig) {
    const { searchPath, connectionString, connectionTimeoutMillis, ...rest } = config as SessionConfig;
    // A server that vanished while nothing was sent is noticed by the kernel; see also watchSilence.
    const patience = { keepAlive: true, keepAliveInitialDelayMillis: silentMs };
    super({ ...rest, ...patience, connectionString: withoutAliases(connectionString) });
    this.#url = connectionString;
    this.#connectWithinMs = connectionTimeoutMillis ?? 0;
    this.#settings = { ...relied, search_path: searchPath ?? searchPathOf(connectionString) };
    this.on('error', () => {});
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(callback?: (error: never, client: never) => void): Promise<pg.Client> | undefined {
    const settled = this.#open();
    if (!callback) return settled;
    const answer = callback as (error: Error | null, client?: pg.Client) => void;
    settled.then(
      (client) => answer(null, client),
      (error: Error) => answer(error),
    );
    return undefined;
  }

  async #open(): Promise<pg.Client> {
    const endpoints = endpointsOf(this.#url) ?? [];
    if (endpoints.length > 1) Object.assign(this, await findPrimary(this.#url, endpoints));
    const inside = this as unknown as Inside;
    try {
      await withinListening(this.#connectWithinMs, super.connect(), () =>
        inside.connection.stream.destroy(noAnswer()),
      );
      const values = [Object.keys(this.#settings), Object.values(this.#settings)];
      const { rows } = await super.query<{ standby: boolean }>(settle, values);
      if (rows[0]?.standby) throw new StandbyError();
      watchSilence(inside.connection.stream, () => inside.readyForQuery === false, this);
      return this;
    } catch (error) {
      primaries.delete(this.#url);
      await this.end().catch(() => {});
      throw error;
    }
  }
}

/** What the driver's types leave out: whether a statement's answer is still to come, and the socket. */
type Inside = { readyForQuery: boolean; connection: { stream: Socket } };

/** For a server that lets nobody in within its time: it may be starting, or busy. */
function noAnswer(): Error {
  return Object.assign(new Error('timeout expired'), { code: 'ETIMEDOUT' });
}

/** How long each of several servers may take to say what it is, in milliseconds. */
const saysWithinMs = 4_000;

/** Of URLs with several servers, the one that was the primary when it was last reached. */
const primaries = new Map<string, Promise<Endpoint>>();

/** Asks all at once, unless one is known. If none is the primary, the error has the words of each. */
function findPrimary(url: string, endpoints: readonly Endpoint[]): Promise<Endpoint> {
  const known = primaries.get(url);
  if (known) return known;
  const ask = async (endpoint: Endpoint) => {
    const connectionString = atEndpoint(url, endpoint);
    const client = new SessionClient({ connectionString, connectionTimeoutMillis: saysWithinMs });
    await client.connect();
    await client.end();
    return endpoint;
  };
  const asked = Promise.any(endpoints.map(ask)).catch(({ errors }: AggregateError) => {
    const said = errors.map((error, n) => `${nameEndpoint(endpoints[n] as Endpoint)}: ${messageOf(error)}`);
    // While servers change roles, one of them is away: that says more than the others' being standbys.
    const code = errors.map((error) => error.code).find((one) => one !== '25006') ?? '25006';
    throw Object.assign(new Error(said.join('; ')), { code });
  });
  primaries.set(url, asked);
  asked.catch(() => primaries.delete(url));
  return asked;
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
