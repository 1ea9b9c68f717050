import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { compileCache } from '../support/compile-cache.ts';

/** A host of its own: a network and a name that its processes share, joined to the others by a cable. */
export type Host = {
  name: string;
  address: string;
  /** How far its clock is ahead of this machine's, in milliseconds. */
  aheadMs: number;
  /** Starts a process of Node there, which can be sent messages. */
  fork(file: string, args: string[], env: Record<string, string>): ChildProcess;
  /** Runs a command there; what it prints. */
  run(command: string, ...args: string[]): Promise<string>;
  /** Pulls the cable: nothing comes or goes any more, and no connection is told. */
  cutOff(): Promise<void>;
  /** Puts the cable back. */
  rejoin(): Promise<void>;
};

/** Hosts around one switch. This process is at `address`, as are the servers that it starts. */
export type Network = {
  address: string;
  addHost(name: string, aheadMs?: number): Promise<Host>;
  close(): Promise<void>;
};

/** Debian's library that shows processes another time of day. */
const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

/** Whether hosts can have clocks of their own. */
export const canSetClocks = existsSync(library);

/** The variables for a process whose clock is ahead, or behind if less than 0. Its timers are right. */
export function clockAhead(ms: number): Record<string, string> {
  if (ms === 0) return {};
  return {
    LD_PRELOAD: library,
    FAKETIME: `${ms > 0 ? '+' : ''}${ms / 1_000}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DISABLE_SHM: '1',
  };
}

const subnet = '10.77.0';
const bridge = 'switch0';
const ip = (...args: string[]) => promisify(execFile)('ip', args);

/**
 * Lays the network out. As root, and only in a network namespace that is this process's own: see `runApart`. What is
 * not closed ends with this process.
 */
export async function openNetwork(): Promise<Network> {
  const address = `${subnet}.1`;
  await ip('link', 'add', bridge, 'type', 'bridge');
  await ip('address', 'add', `${address}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  const holders: ChildProcess[] = [];
  return {
    address,
    async addHost(name, aheadMs = 0) {
      const number = holders.length + 2;
      const holder = spawn(
        'unshare',
        ['--net', '--uts', 'sh', '-c', 'hostname "$1" && echo && exec cat', 'sh', name],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      holders.push(holder);
      await once(holder.stdout, 'data');
      return joinHost({ name, address: `${subnet}.${number}`, aheadMs }, holder.pid ?? 0, `cable${number}`);
    },
    async close() {
      const ended = holders.map((holder) => once(holder, 'exit'));
      for (const holder of holders) holder.kill('SIGKILL');
      await Promise.all(ended);
      await ip('link', 'delete', bridge);
    },
  };
}

type Place = Pick<Host, 'name' | 'address' | 'aheadMs'>;

/** Lays a cable from the switch into the namespace that a process holds. */
async function joinHost(place: Place, pid: number, cable: string): Promise<Host> {
  const inside = ['--target', String(pid), '--net', '--uts', '--'];
  const run = async (command: string, ...args: string[]) =>
    (await promisify(execFile)('nsenter', [...inside, command, ...args])).stdout;
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  await ip('link', 'set', cable, 'master', bridge, 'up');
  await run('ip', 'address', 'add', `${place.address}/24`, 'dev', 'eth0');
  for (const device of ['lo', 'eth0']) await run('ip', 'link', 'set', device, 'up');
  return {
    ...place,
    run,
    fork: (file, args, env) =>
      spawn(
        'nsenter',
        [...inside, process.execPath, '--disable-warning=ExperimentalWarning', file, ...args],
        {
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
          env: {
            PATH: process.env.PATH,
            NODE_COMPILE_CACHE: compileCache,
            ...env,
            ...clockAhead(place.aheadMs),
          },
        },
      ),
    cutOff: async () => void (await ip('link', 'set', cable, 'nomaster')),
    rejoin: async () => void (await ip('link', 'set', cable, 'master', bridge)),
  };
}
