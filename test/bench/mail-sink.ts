import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../support/find-program.ts';

/** A mail server that takes everything and keeps nothing, in a process of its own. */
export type MailSink = { name: string; port: number; close(): Promise<void> };

/** Debian's `smtp-sink` (package postfix) where it is installed, a plain server of ours otherwise. */
export async function startMailSink(): Promise<MailSink> {
  const program = findProgram('smtp-sink');
  const port = await freePort();
  // It refuses to run as root.
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child: ChildProcess = program
    ? spawn(program, [...asNobody, `127.0.0.1:${port}`, '1000'], { stdio: 'ignore' })
    : fork(`${import.meta.dirname}/plain-sink.ts`, [String(port)]);
  await untilListening(port);
  return {
    name: program ? 'smtp-sink' : 'a plain sink (no smtp-sink here: apt-get install postfix)',
    port,
    async close() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
  throw new Error('the mail sink did not start');
}
