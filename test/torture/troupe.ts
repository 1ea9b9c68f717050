import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { QueueName } from '../../src/queue/table.ts';
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
  ended: Promise<number | null>;
};

/** Two planners and four senders, each replaced by another when it is killed. */
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

/** What each process works on. Everyone sweeps, so that no two kills can silence the sweep. */
const roles: QueueName[][] = [
  ['plan', 'sweep'],
  ['plan', 'sweep'],
  ['send', 'sweep'],
  ['send', 'sweep'],
  ['send', 'sweep'],
  ['send', 'sweep'],
];

const readerRole: QueueName[] = ['poll', 'sweep'];

/** Starts the troupe. The last sender's clock is `skewMs` off. */
export function startTroupe(options: {
  env: Record<string, string>;
  clock: Clock;
  skewMs: number;
  lockMs: number;
  /** Processes that read the registry, besides. */
  readers: number;
}): Troupe {
  const { env, clock, lockMs } = options;
  const all: QueueName[][] = [...roles, ...Array.from({ length: options.readers }, () => readerRole)];
  const children = new Map<Worker, { child: ChildProcess; role: number; ready: Promise<unknown> }>();
  let started = 0;

  function start(role: number): void {
    started += 1;
    const queues = all[role] ?? [];
    const isSender = queues.includes('send');
    const kind = isSender ? 'sender' : queues === readerRole ? 'reader' : 'planner';
    const name = `w${started}.${kind}${role}.test`;
    const skewMs = role === roles.length - 1 ? options.skewMs : 0;
    const orders: WorkerOrders = { name, queues, clock: { ...clock, skewMs }, lockMs };
    const url = new URL(env.DATABASE_URL ?? '');
    url.searchParams.set('application_name', name);
    const child = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(orders)], {
      env: { ...env, DATABASE_URL: url.href, NODE_COMPILE_CACHE: compileCache },
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    const worker: Worker = { name, pid: child.pid ?? 0, isSender, isReady: false, isPaused: false, ended };
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

  for (const role of all.keys()) start(role);
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
