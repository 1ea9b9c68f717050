import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { QueueName } from '../../src/queue/table.ts';
import type { Host } from '../hosts/network.ts';
import { compileCache } from '../support/compile-cache.ts';
import type { Clock } from './clock.ts';
import type { WorkerOrders } from './worker.ts';

/** A worker process. */
export type Worker = {
  /** How the mail server and PostgreSQL know it; another one after each restart. */
  name: string;
  pid: number;
  isSender: boolean;
  isReady: boolean;
  isPaused: boolean;
  /** The host that it works on; null: this machine. */
  host: Host | null;
  ended: Promise<number | null>;
};

/** Processes at work, each replaced by another when it is killed. */
export type Troupe = {
  /** Those alive now. */
  workers: Worker[];
  /** Kills one with kill -9 and starts another in its place. Returns once it is dead. */
  replace(worker: Worker): Promise<void>;
  /** All of them at once; others are started after it. */
  replaceAll(): Promise<Worker[]>;
  signal(worker: Worker, signal: NodeJS.Signals): void;
  /** Puts the clocks of all of them forward. */
  jump(ms: number): void;
  /** Waits until every worker works. */
  ready(): Promise<void>;
  /** Stops them with SIGTERM; the exit codes. */
  stop(): Promise<(number | null)[]>;
  /** Ends them all at once, whatever they do. */
  close(): Promise<void>;
};

/** What a process does: a word for its name, the queues it works on, whether it serves pages, its host, and how far its clock is off. */
export type Role = {
  kind: 'planner' | 'sender' | 'reader' | 'web';
  queues: QueueName[];
  serves?: boolean;
  host?: Host;
  skewMs?: number;
};

/** The roles of a run on one machine: two planners and four senders, the last one's clock off. Everyone sweeps, so that no two kills can silence the sweep. */
export function usualRoles(skewMs: number, readers: number): Role[] {
  const planner: Role = { kind: 'planner', queues: ['plan', 'sweep'] };
  const sender: Role = { kind: 'sender', queues: ['send', 'sweep'] };
  const reader: Role = { kind: 'reader', queues: ['poll', 'sweep'] };
  const usual = [planner, planner, sender, sender, sender, { ...sender, skewMs }];
  return [...usual, ...Array.from({ length: readers }, () => reader)];
}

/** Starts a process for each role. */
export function startTroupe(options: {
  env: Record<string, string>;
  clock: Clock;
  lockMs: number;
  roles: Role[];
  /** The worker's file; by default its source. */
  file?: string;
}): Troupe {
  const { env, clock, lockMs, roles, file = join(import.meta.dirname, 'worker.ts') } = options;
  const children = new Map<Worker, { child: ChildProcess; role: number; ready: Promise<unknown> }>();
  let started = 0;

  function start(role: number): void {
    started += 1;
    const { kind, queues = [], serves = false, host = null, skewMs = 0 } = roles[role] ?? ({} as Role);
    const name = `w${started}.${kind}${role}.test`;
    // A host whose clock is off sees the start of the run at another time too.
    const startedMs = clock.startedMs + (host?.aheadMs ?? 0);
    const orders: WorkerOrders = { name, queues, serves, clock: { ...clock, startedMs, skewMs }, lockMs };
    const url = new URL(env.DATABASE_URL ?? '');
    url.searchParams.set('application_name', name);
    const own = { ...env, DATABASE_URL: url.href, HOST: host?.address ?? '127.0.0.1' };
    const child = host
      ? host.fork(file, [JSON.stringify(orders)], own)
      : fork(file, [JSON.stringify(orders)], {
          env: { ...own, NODE_COMPILE_CACHE: compileCache },
          execArgv: ['--disable-warning=ExperimentalWarning'],
        });
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    const isSender = queues.includes('send');
    const state = { isSender, isReady: false, isPaused: false };
    const worker: Worker = { name, pid: child.pid ?? 0, ...state, host, ended };
    const ready = Promise.race([once(child, 'message'), ended]).then(() => {
      worker.isReady = true;
    });
    children.set(worker, { child, role, ready });
  }

  async function end(worker: Worker): Promise<number> {
    const known = children.get(worker);
    if (!known) throw new Error(`${worker.name} is no more`);
    children.delete(worker);
    known.child.kill('SIGKILL');
    await worker.ended;
    return known.role;
  }

  for (const role of roles.keys()) start(role);
  const signal = (worker: Worker, name: NodeJS.Signals) => void children.get(worker)?.child.kill(name);
  return {
    get workers() {
      return [...children.keys()];
    },
    async replace(worker) {
      start(await end(worker));
    },
    async replaceAll() {
      const all = [...children.keys()];
      const ended = await Promise.all(all.map(end));
      for (const role of ended) start(role);
      return all;
    },
    signal,
    jump(ms) {
      clock.jumpedMs += ms;
      for (const { child } of children.values()) if (child.connected) child.send({ jumpMs: ms });
    },
    async ready() {
      await Promise.all([...children.values()].map(({ ready }) => ready));
    },
    async stop() {
      for (const { child } of children.values()) child.kill('SIGTERM');
      return Promise.all([...children.keys()].map(({ ended }) => ended));
    },
    async close() {
      for (const { child } of children.values()) child.kill('SIGKILL');
      await Promise.all([...children.keys()].map(({ ended }) => ended));
    },
  };
}
