import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { makeFolder, startPostgres15 } from '../support/servers.ts';
import { type StoppableRedis, startStoppableRedis } from '../torture/servers.ts';
import type { Role } from '../torture/troupe.ts';
import { canSetClocks, clockAhead, type Host, type Network, openNetwork } from './network.ts';

/** Several hosts and their servers: PostgreSQL, Redis, and what a mail server needs to be reached from elsewhere. */
export type HostStage = {
  network: Network;
  databaseUrl: string;
  redis: StoppableRedis;
  /** The folder of the mail server's certificate. */
  certificate: string;
  /** What processes on hosts need to know beside the servers' addresses. */
  env: Record<string, string>;
  close(): Promise<void>;
};

/** Lays out a network with the servers in its middle. `isSafe`: the database is protected against power cuts. */
export async function openHostStage({ isSafe = false } = {}): Promise<HostStage> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const network = await openNetwork();
    closers.push(network.close);
    const { address } = network;
    const postgres = await startPostgres15({ address, isSafe });
    closers.push(postgres.stop);
    const redis = await startStoppableRedis(address);
    closers.push(redis.stop);
    const certificate = makeFolder();
    closers.push(() => rmSync(certificate, { recursive: true, force: true }));
    await makeCertificate(certificate, address);
    const env = {
      NODE_EXTRA_CA_CERTS: `${certificate}/cert.pem`,
      MAIL_FROM: 'Trialbell <bell@example.org>',
      OPERATOR_NAME: 'Example Charity',
      OPERATOR_ADDRESS: '1 Example Street, Example Town',
      PRIVACY_CONTACT: 'privacy@example.org',
    };
    return { network, databaseUrl: postgres.url, redis, certificate, env, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The hosts of a run, one for the pages, one that plans, three that send, and what each does. Two of the clocks are a minute off. */
export async function addHosts(network: Network): Promise<{ roles: Role[]; web: Host; senders: Host[] }> {
  if (!canSetClocks) throw new Error('Clocks apart need libfaketime. Debian: apt-get install faketime');
  const web = await network.addHost('web.hosts.test');
  const planner = await network.addHost('planner.hosts.test');
  const senders: Host[] = [];
  for (const [n, aheadMs] of [0, 60_000, -60_000].entries())
    senders.push(await network.addHost(`sender${n + 1}.hosts.test`, aheadMs));
  const roles: Role[] = [
    { kind: 'web', queues: [], serves: true, host: web },
    { kind: 'planner', queues: ['plan', 'requests', 'sweep'], host: planner },
    ...senders.map(
      (host): Role => ({
        kind: 'sender',
        queues: ['send', 'sweep'],
        host,
        skewMs: host.aheadMs,
      }),
    ),
  ];
  return { roles, web, senders };
}

async function makeCertificate(folder: string, address: string): Promise<void> {
  const ask = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=mail.hosts.test'];
  const names = ['-addext', `subjectAltName=IP:${address}`];
  // It is valid for a host whose clock is behind, too.
  const env = { ...process.env, ...clockAhead(-3_600_000) };
  const files = ['-keyout', 'key.pem', '-out', 'cert.pem'];
  await promisify(execFile)('openssl', [...ask, ...names, ...files], { cwd: folder, env });
}
