import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { messageOf, TrialbellError } from '../errors.ts';
import { SessionClient, schemaOf } from '../pg-client.ts';

const oldestMajor = 15;

/** Error codes of a database, or of the network, while it starts or restarts. */
const startingCodes = new Set(['57P03', '57P01', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN']);

/** Error codes of a certificate that is not trusted. */
const certificateCodes =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID)/;

/** What to look at beside the server itself: how long to wait for one that starts, and how many connections it has to allow. */
export type ServerNeeds = { patienceMs?: number; connections?: number };

/**
 * Checks that a database answers, can be written to, is new enough, uses UTF-8, allows the connections and keeps
 * its sessions apart. Throws a TrialbellError that names the problem and the remedy, never the URL's password.
 */
export async function checkServer(url: string, needs: ServerNeeds = {}): Promise<void> {
  const giveUpAt = performance.now() + (needs.patienceMs ?? 0);
  for (;;) {
    try {
      return await checkServerNow(url, needs.connections);
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      if (!startingCodes.has(code ?? '') || performance.now() >= giveUpAt) throw error;
      await sleep(1_000);
    }
  }
}

async function checkServerNow(url: string, connections: number | undefined): Promise<void> {
  const name = nameServer(url);
  try {
    await withClients(url, 2, async ([first, second]) => {
      if (!first || !second) return;
      const facts = await readFacts(first);
      const fault =
        findFault(facts, name, connections) ?? (await findOtherSchema(first, schemaOf(url))) ?? null;
      if (fault !== null) throw new TrialbellError(fault);
      if (await sharesSessions(first, second)) throw new TrialbellError(sharedSessions(name));
    });
  } catch (cause) {
    if (cause instanceof TrialbellError) throw cause;
    throw new TrialbellError(
      `${name} does not let us in: ${messageOf(cause)}. ${wayOut(cause as { code?: string })}`,
      { cause },
    );
  }
}

function wayOut({ code = '', message = '' }: { code?: string; message?: string }): string {
  if (certificateCodes.test(code))
    return 'Its certificate cannot be trusted: add sslmode=verify-full&sslrootcert=FILE to DATABASE_URL, with the certificate of the authority that signed it, and name the host as the certificate does.';
  if (code === 'ENOENT' && !message.includes('connect'))
    return 'DATABASE_URL names a file (sslrootcert, sslcert or sslkey) that is not there.';
  if (message.includes('does not support SSL')) return 'Leave sslmode out of DATABASE_URL.';
  return 'Check that it runs and that DATABASE_URL is right.';
}

/** A server for people: its address or socket, and the database. */
function nameServer(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname || searchParams.get('host') || 'localhost';
  return host.startsWith('/') || host.startsWith('%2F')
    ? `PostgreSQL at ${decodeURIComponent(host)}, database ${pathname.slice(1)}`
    : `PostgreSQL at ${host}:${port || 5432}${pathname}`;
}

async function withClients<T>(url: string, count: number, use: (clients: SessionClient[]) => Promise<T>) {
  const clients: SessionClient[] = [];
  try {
    for (let n = 0; n < count; n += 1) {
      const client = new SessionClient({ connectionString: url, connectionTimeoutMillis: 10_000 });
      clients.push(client);
      await client.connect();
    }
    return await use(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

type Facts = {
  major: number;
  encoding: string;
  standby: boolean;
  role: string;
  role_limit: number;
  database_limit: number;
  server_limit: number;
};

async function readFacts(client: pg.Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(
    `select current_setting('server_version_num')::int / 10000 as major,
       current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby, session_user as role,
       (select case when rolsuper then -1 else rolconnlimit end from pg_roles where rolname = session_user) as role_limit,
       (select datconnlimit from pg_database where datname = current_database()) as database_limit,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true), '0')::int as server_limit`,
  );
  return rows[0] as Facts;
}

function findFault(facts: Facts, name: string, connections = 0): string | null {
  if (facts.major < oldestMajor)
    return `${name} is version ${facts.major}; Trialbell needs ${oldestMajor} or newer.`;
  if (facts.encoding !== 'UTF8')
    return `${name} stores text as ${facts.encoding}; make a database with encoding UTF8.`;
  if (facts.standby)
    return `${name} is a standby and can only be read: DATABASE_URL must lead to the primary server.`;
  const limits = [
    { of: `role ${facts.role}`, limit: facts.role_limit },
    { of: 'database', limit: facts.database_limit },
    { of: 'server', limit: facts.server_limit },
  ].filter(({ limit }) => limit >= 0 && limit < connections);
  const [least] = limits.sort((a, b) => a.limit - b.limit);
  return least
    ? `${name} allows the ${least.of} only ${least.limit} connections, and DATABASE_CONNECTIONS is ${connections}: allow more, or set DATABASE_CONNECTIONS to ${least.limit} or less.`
    : null;
}

/** Without a schema in its URL the program would not find tables that only the role's search path leads to. */
async function findOtherSchema(client: pg.Client, schema: string | null): Promise<string | null> {
  if (schema !== null) return null;
  const { rows } = await client.query<{ schema: string }>(
    `select n.nspname as schema
     from (select reset_val from pg_settings where name = 'search_path') as own
     join pg_namespace n on n.nspname = any(string_to_array(replace(reset_val, '"', ''), ', '))
       and n.nspname not in ('public', current_user)
     where to_regclass('subscribers') is null
       and (select count(*) from pg_class c where c.relnamespace = n.oid and c.relname in ('subscribers', 'kysely_migration')) = 2`,
  );
  const found = rows[0]?.schema;
  return found === undefined
    ? null
    : `Trialbell's tables are in the schema ${found}, which DATABASE_URL does not name: add ?schema=${found} to it.`;
}

/**
 * Whether a pooler gives the server's sessions away between two statements: then a second client, in a
 * transaction, gets the session of the first, or takes it away.
 */
async function sharesSessions(first: pg.Client, second: pg.Client): Promise<boolean> {
  const own = await askPid(first);
  for (let round = 0; round < 3; round += 1) {
    try {
      await second.query('begin');
    } catch {
      // A pooler in statement mode refuses transactions.
      return true;
    }
    try {
      const other = await askPid(second);
      const again = await Promise.race([askPid(first), sleep(2_000, null, { ref: false })]);
      if (other === own || again !== own) return true;
    } finally {
      await second.query('rollback');
    }
  }
  return false;
}

async function askPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

function sharedSessions(name: string): string {
  return `${name} is reached through a connection pooler that changes sessions between statements, on which mails could be sent twice: use its session mode, or the server's own port, in DATABASE_URL.`;
}
