import { spawn } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findProgram,
  findUnprivilegedUser,
  makeFolder,
  type Started,
  startOnFreePort,
  withClient,
} from './servers.ts';

/** The paths of Debian's connection poolers, each null if it is not installed. */
export const [pgbouncer, pgpool] = ['pgbouncer', 'pgpool'].map(findProgram) as [string | null, string | null];

/** Starts Debian's PgBouncer in front of a PostgreSQL on loopback, with some lines of its configuration. */
export function startPgBouncer(serverUrl: string, lines: string): Promise<Started> {
  return startPooler(serverUrl, pgbouncer, (folder, port, target) => {
    writeFileSync(join(folder, 'users'), '"trialbell" ""\n');
    writeFileSync(
      join(folder, 'pgbouncer.ini'),
      `[databases]\n* = host=127.0.0.1 port=${target}
[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =
auth_type = trust\nauth_file = ${folder}/users\n${lines}\n`,
    );
    return ['pgbouncer.ini'];
  });
}

/** Starts Debian's Pgpool-II in front of PostgreSQL servers on loopback, the primary first. */
export function startPgpool(serverUrls: [string, ...string[]], lines = ''): Promise<Started> {
  return startPooler(serverUrls[0], pgpool, (folder, port) => {
    const nodes = serverUrls.map(
      (url, n) => `backend_hostname${n} = '127.0.0.1'\nbackend_port${n} = ${new URL(url).port}
backend_flag${n} = '${n === 0 ? 'ALWAYS_PRIMARY|' : ''}DISALLOW_TO_FAILOVER'\n`,
    );
    writeFileSync(
      join(folder, 'pgpool.conf'),
      `backend_clustering_mode = 'streaming_replication'\n${nodes.join('')}sr_check_period = 0
listen_addresses = '127.0.0.1'\nport = ${port}\npcp_listen_addresses = ''\nunix_socket_directories = '${folder}'
pcp_socket_dir = '${folder}'\npid_file_name = '${folder}/pid'\nlogdir = '${folder}'\nwork_dir = '${folder}'
${lines}\n`,
    );
    for (const name of ['pcp.conf', 'hba.conf']) writeFileSync(join(folder, name), '');
    return ['-n', '-f', 'pgpool.conf', '-F', 'pcp.conf', '-a', 'hba.conf'];
  });
}

/** Its `url` is the server's with the pooler's port. */
async function startPooler(
  serverUrl: string,
  program: string | null,
  prepare: (folder: string, port: number, target: string) => string[],
): Promise<Started> {
  if (!program) throw new Error('this machine lacks the pooler');
  // Neither of them runs as root.
  const user = await findUnprivilegedUser();
  const folder = makeFolder();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  return startOnFreePort(folder, 'SIGINT', (port) => {
    const args = prepare(folder, port, new URL(serverUrl).port);
    const url = new URL(serverUrl);
    url.port = String(port);
    const child = spawn(program, args, { ...user, cwd: folder, stdio: 'ignore' });
    return { child, url: url.href, check: () => withClient(url.href, async () => {}) };
  });
}
