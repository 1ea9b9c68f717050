import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../support/servers.ts';
import type { MailServerName } from './packages.ts';

/** A mail server of Debian over a copy-on-write view of this machine, on loopback. */
export type MailServer = {
  port: number;
  /** Its root folder, for looking at its files and damaging them. */
  root: string;
  /** What it has printed and logged. */
  log(): string;
  close(): Promise<void>;
};

const startMs = 150_000;

/** Starts a mail server; what it relays goes to `nextHop` on loopback. */
export async function startMailServer(name: MailServerName, nextHop = 0): Promise<MailServer> {
  const port = await findFreePort();
  const script = join(import.meta.dirname, 'setup/enter.sh');
  const packages = join(process.env.MAIL_SERVERS_FOLDER ?? '', name);
  const apart = ['--mount', '--pid', '--fork', '--kill-child', 'bash', script];
  const child = spawn('unshare', [...apart, packages, name, String(port), String(nextHop)]);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      log += chunk;
    });
  const exited = once(child, 'exit');
  const close = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  await waitFor(
    () => answers(port),
    startMs,
    () => `${name} does not start:\n${log}`,
  ).catch(async (error) => {
    await close();
    throw error;
  });
  const inner = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  return { port, root: `/proc/${inner}/root`, log: () => log, close };
}

/** Waits until something is so; says why not after a time. */
export async function waitFor(
  isSo: () => boolean | Promise<boolean>,
  forMs: number,
  explain: () => string,
): Promise<void> {
  const until = Date.now() + forMs;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(explain());
    await pause(200);
  }
}

/** Whether a server greets on a port. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket
      .once('data', () => settle(true))
      .once('error', () => settle(false))
      .once('end', () => settle(false));
  });
}
