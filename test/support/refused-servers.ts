import { execFileSync } from 'node:child_process';
import { chownSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import { findUnprivilegedUser, type Started, startPostgres15, withClient } from './servers.ts';

/** A PostgreSQL 15 with a certificate of its own making, and roles that it asks for more than a name. */
export type StrictServer = Started & {
  /** The certificate's file. */
  certificate: string;
  /** The folder of its socket. */
  socket: string;
  run(statement: string, database?: string): Promise<void>;
  urlOf(database: string, user?: string): string;
};

/** Starts one: `locked` needs a password, and `hidden` needs TLS. */
export async function startStrictServer(): Promise<StrictServer> {
  const server = await startPostgres15();
  const urlOf = (database: string, user = 'trialbell') => {
    const url = new URL(server.url);
    url.username = user;
    url.pathname = `/${database}`;
    return url.href;
  };
  const ask = <T>(use: (client: Client) => Promise<T>, database = 'postgres') =>
    withClient(urlOf(database), use);
  const run = (statement: string, database?: string) =>
    ask(async (client) => void (await client.query(statement)), database);
  const { hba, socket } = await ask(async (client) => {
    const { rows } = await client.query<{ hba: string; socket: string }>(
      `select current_setting('hba_file') as hba, current_setting('unix_socket_directories') as socket`,
    );
    return rows[0] ?? { hba: '', socket: '' };
  });
  const folder = dirname(hba);
  const [key, cert] = [join(folder, 'own.key'), join(folder, 'own.crt')];
  const wanted = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...wanted];
  execFileSync('openssl', ['req', ...made], { stdio: 'ignore' });
  const { uid, gid } = await findUnprivilegedUser();
  if (uid !== undefined) for (const file of [key, cert]) chownSync(file, uid, gid ?? uid);
  const certificate = join(socket, 'root.crt');
  copyFileSync(cert, certificate);
  const rules =
    'host all locked all scram-sha-256\nhostssl all hidden all trust\nhost all hidden all reject\n';
  writeFileSync(hba, `${rules}${readFileSync(hba, 'utf8')}`);
  await run(`create role locked login password 'right'; create role hidden login`);
  for (const [name, value] of Object.entries({ ssl: 'on', ssl_cert_file: cert, ssl_key_file: key }))
    await run(`alter system set ${name} = '${value}'`);
  await run('select pg_reload_conf()');
  return { ...server, certificate, socket, run, urlOf };
}
