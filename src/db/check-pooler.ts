import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionClient } from '../postgres/session-client.ts';

/** How long a pooler may take to give a session, in milliseconds. PgBouncer's default keeps a client waiting for minutes. */
const givenWithinMs = 5_000;

/**
 * Says what a connection pooler in front of the server has to change, as the end of a sentence that begins with the
 * server's name; null if nothing. PgBouncer and similar poolers report process numbers of their own; Pgpool reports its
 * version and settings (its manual, "PGPOOL SHOW"). `openMore` opens another session beside the `first`.
 */
export async function findPoolerFault(
  first: SessionClient,
  openMore: () => Promise<SessionClient>,
  connections: number | undefined,
): Promise<string | null> {
  const isPgpool = (await show(first, 'show pool_version')) !== null;
  const { processID } = first as unknown as { processID: number };
  const isPooled = isPgpool || processID !== (await askPid(first));
  const second = await inTime(openMore());
  if (second === null) return tooFew(1, connections ?? 2);
  if (await sharesSessions(first, second))
    return "is reached through a connection pooler that changes sessions between statements, on which emails could be sent twice: use its session mode, or the server's own port, in DATABASE_URL.";
  const fault = isPgpool ? await findPgpoolFault(first) : null;
  if (fault !== null || !isPooled || connections === undefined) return fault;
  const others = Array.from({ length: connections - 2 }, () => inTime(openMore()).catch(() => null));
  const given = 2 + (await Promise.all(others)).filter((client) => client !== null).length;
  return given < connections ? tooFew(given, connections) : null;
}

function tooFew(given: number, connections: number): string {
  return `is reached through a connection pooler that has only ${given} sessions for us now, and DATABASE_CONNECTIONS is ${connections}: let it have more (default_pool_size of PgBouncer, num_init_children of Pgpool), or lower DATABASE_CONNECTIONS.`;
}

/** Pgpool answers reads from standbys, which lag behind, or from a cache. */
async function findPgpoolFault(client: SessionClient): Promise<string | null> {
  const isOn = async (setting: string) => (await show(client, `pgpool show ${setting}`)) === 'on';
  const { rows: nodes } = await client.query('show pool_nodes');
  const wrong =
    nodes.length > 1 && (await isOn('load_balance_mode'))
      ? 'load_balance_mode'
      : (await isOn('memory_cache_enabled')) && 'memory_cache_enabled';
  return wrong
    ? `is reached through Pgpool, which may return outdated answers: set ${wrong} = off in pgpool.conf and restart it, or use the server's own port in DATABASE_URL.`
    : null;
}

/** The single value that a statement returns; null if the server does not know the statement. */
async function show(client: SessionClient, statement: string): Promise<unknown> {
  const answer = await client.query(statement).catch(() => null);
  return answer === null ? null : Object.values(answer.rows[0] ?? {})[0];
}

/**
 * Whether a pooler hands the server's sessions around between statements: then two clients get the same session, or a
 * client's session changes, or another client's transaction takes it away.
 */
async function sharesSessions(first: SessionClient, second: SessionClient): Promise<boolean> {
  const own = await askPid(first);
  for (let round = 0; round < 3; round += 1) {
    if ((await askPid(first)) !== own || (await askPid(second)) === own) return true;
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

async function askPid(client: SessionClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/** The result if it arrives in time, otherwise null. */
function inTime<T>(coming: Promise<T>): Promise<T | null> {
  return Promise.race([coming, sleep(givenWithinMs, null, { ref: false })]);
}
