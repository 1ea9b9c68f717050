import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { messageOf, TrialbellError } from '../errors.ts';
import {
  atEndpoint,
  type Endpoint,
  endpointsOf,
  nameEndpoint,
  nameServer,
  schemaOf,
} from '../postgres/database-url.ts';
import { SessionClient } from '../postgres/session-client.ts';
import { findPoolerFault } from './check-pooler.ts';

const oldestMajor = 15;

/** Error codes of a database, or of the network, while it starts or restarts. */
const startingCodes = new Set(['57P03', '57P01', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN']);

/** Error codes of a certificate that is not trusted. */
const certificateCodes =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID)/;

/** How long to wait while the server starts, and how many connections it must allow. */
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
    await withClients(url, async (open) => {
      const first = await open();
      const fault =
        findFault(await readFacts(first), connections) ??
        (await findOtherSchema(first, schemaOf(url))) ??
        (await findPoolerFault(first, open, connections)) ??
        (await findTwoPrimaries(url));
      if (fault !== null) throw new TrialbellError(`${name} ${fault}`);
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
  if (code === '25006') return '';
  if (code === 'ENOENT' && !message.includes('connect'))
    return 'DATABASE_URL names a file (sslrootcert, sslcert or sslkey) that is not there.';
  if (message.includes('does not support SSL')) return 'Leave sslmode out of DATABASE_URL.';
  if (message.includes('no encryption')) return 'It asks for TLS: add sslmode=verify-full to DATABASE_URL.';
  if (code.startsWith('28')) return 'Check the user and the password in DATABASE_URL.';
  if (code === '3D000') return 'Make that database, or name another in DATABASE_URL.';
  if (message.includes('unsupported startup parameter')) return 'Leave options out of DATABASE_URL.';
  return 'Check that it runs and that DATABASE_URL is right.';
}

/** Provides a function that opens clients. Closes them all afterwards, but does not wait for one that got no session. */
async function withClients<T>(
  url: string,
  use: (open: () => Promise<SessionClient>) => Promise<T>,
): Promise<T> {
  const clients: SessionClient[] = [];
  try {
    return await use(async () => {
      const client = new SessionClient({ connectionString: url, connectionTimeoutMillis: 10_000 });
      clients.push(client);
      await client.connect();
      return client;
    });
  } finally {
    const ends = clients.map((client) => client.end().catch(() => {}));
    await Promise.race([Promise.all(ends), sleep(1_000, null, { ref: false })]);
  }
}

/** Chance would decide between two servers that have diverged. Two addresses of one server do no harm. */
async function findTwoPrimaries(url: string): Promise<string | null> {
  const endpoints = endpointsOf(url) ?? [];
  if (endpoints.length < 2) return null;
  const ask = async (endpoint: Endpoint) => {
    const { rows } = await withClients(atEndpoint(url, endpoint), async (open) =>
      (await open()).query<{ began: string }>('select pg_postmaster_start_time()::text as began'),
    );
    return { name: nameEndpoint(endpoint), began: rows[0]?.began };
  };
  const asked = await Promise.all(endpoints.map((endpoint) => ask(endpoint).catch(() => null)));
  const taking = asked.filter((one) => one !== null);
  return new Set(taking.map(({ began }) => began)).size > 1
    ? `is a primary in each of ${taking.map(({ name }) => name).join(' and ')}: stop the one that was replaced, or leave it out of DATABASE_URL.`
    : null;
}

type Facts = {
  major: number;
  encoding: string;
  role: string;
  role_limit: number;
  database_limit: number;
  server_limit: number;
};

async function readFacts(client: pg.Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(
    `select current_setting('server_version_num')::int / 10000 as major,
       current_setting('server_encoding') as encoding, session_user as role,
       (select case when rolsuper then -1 else rolconnlimit end from pg_roles where rolname = session_user) as role_limit,
       (select datconnlimit from pg_database where datname = current_database()) as database_limit,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true), '0')::int as server_limit`,
  );
  return rows[0] as Facts;
}

/** The fault of a server and its remedy, as the end of a sentence that begins with the server's name. */
function findFault(facts: Facts, connections = 0): string | null {
  if (facts.major < oldestMajor) return `is version ${facts.major}; Trialbell needs ${oldestMajor} or newer.`;
  if (facts.encoding !== 'UTF8')
    return `stores text as ${facts.encoding}; make a database with encoding UTF8.`;
  const limits = [
    { of: `role ${facts.role}`, limit: facts.role_limit },
    { of: 'database', limit: facts.database_limit },
    { of: 'server', limit: facts.server_limit },
  ].filter(({ limit }) => limit >= 0 && limit < connections);
  const [least] = limits.sort((a, b) => a.limit - b.limit);
  return least
    ? `allows the ${least.of} only ${least.limit} connections, and DATABASE_CONNECTIONS is ${connections}: allow more, or set DATABASE_CONNECTIONS to ${least.limit} or less.`
    : null;
}

/** If the URL names no schema, the program would not find tables that only the role's search path leads to. */
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
    : `has Trialbell's tables in the schema ${found}, which DATABASE_URL does not name: add ?schema=${found} to it.`;
}
