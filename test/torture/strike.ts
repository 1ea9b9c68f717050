import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { leaseMs } from '../../src/jobs/delivery/settle-claim.ts';
import type { Amounts, Fault } from './faults.ts';
import { type Sink, type StoppableRedis, wipeQueue } from './servers.ts';
import type { Troupe, Worker } from './troupe.ts';
import type { Blow } from './verdict.ts';

/** Everything that can be struck, and the record of what was. */
export type Stage = {
  app: App;
  databaseUrl: string;
  redis: StoppableRedis | null;
  troupe: Troupe;
  sink: Sink;
  blows: Blow[];
  done: Amounts;
  /** How long a host is cut off, in milliseconds. */
  partedMs: number;
};

/** A dead process's leases run out within this, instead of two minutes: time that a test does not have. */
const leaseAtMostMs = 2_000;

/** Lets one thing go wrong; settles when it is over. Whoever is to be met is waited for. */
export async function strike(stage: Stage, fault: Fault): Promise<void> {
  const { sink, done } = stage;
  if ('forMs' in fault) return strikeServer(stage, fault);
  done[fault.kind] += 1;
  if (fault.kind === 'drops') sink.order({ do: 'fail', fault: fault.fault });
  else if (fault.kind === 'restarts') await restart(stage, fault);
  else if (fault.kind === 'wipes')
    await wipeQueue(stage.databaseUrl, stage.redis?.url ?? null).catch(() => {});
  else {
    const worker = await pick(stage, fault);
    if (fault.kind === 'kills') await kill(stage, worker, fault);
    else if (fault.kind === 'pauses') await pause(stage, worker, fault);
    else if (fault.kind === 'partings') await part(stage, worker, fault);
    else await cut(stage, worker);
  }
}

async function strikeServer(stage: Stage, fault: Extract<Fault, { forMs: number }>): Promise<void> {
  const { redis, sink, done } = stage;
  const { kind, forMs } = fault;
  done[kind] += 1;
  if (kind === 'refusals') sink.order({ do: 'refuse', forMs });
  else if (kind === 'slownesses') sink.order({ do: 'slow', forMs, byMs: 400 });
  else {
    await redis?.stop();
    await sleep(forMs);
    await redis?.start();
  }
}

async function restart(stage: Stage, fault: Fault): Promise<void> {
  const at = Date.now();
  const killed = await stage.troupe.replaceAll();
  for (const { name: client } of killed) stage.blows.push({ kind: 'kill', client, at, untilAt: Date.now() });
  await expireLeases(stage, killed, fault);
}

async function cut(stage: Stage, worker: Worker): Promise<void> {
  const at = Date.now();
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${worker.name}`.execute(
    stage.app.context.db,
  );
  stage.blows.push({ kind: 'cut', client: worker.name, at, untilAt: Date.now() });
}

/** As many processes as may be starting, or asleep, at once: work has to go on for there to be something to strike. */
const awayAtMost = 2;

/** Somebody who works: a process that is still starting has nothing to lose, and is waited for. */
async function pick({ troupe }: Stage, { draw, kind }: Fault): Promise<Worker> {
  for (;;) {
    const working = troupe.workers.filter(
      ({ isReady, isSender, isPaused }) =>
        isReady && !isPaused && (isSender || !(kind === 'pauses' || kind === 'partings')),
    );
    const worker = working[draw % Math.max(1, working.length)];
    if (worker && troupe.workers.filter((one) => !one.isReady || one.isPaused).length <= awayAtMost)
      return worker;
    await sleep(20);
  }
}

/** Kills a process; another takes its place. */
export async function kill(stage: Stage, worker: Worker, fault: Fault): Promise<void> {
  const at = Date.now();
  const replaced = stage.troupe.replace(worker);
  stage.blows.push({ kind: 'kill', client: worker.name, at, untilAt: at });
  await replaced;
  await expireLeases(stage, [worker], fault);
}

/** The process sleeps while its lease runs out and another takes its work over; then it wakes up. */
async function pause(stage: Stage, worker: Worker, fault: Fault): Promise<void> {
  const blow: Blow = {
    kind: 'pause',
    client: worker.name,
    at: Date.now(),
    untilAt: Number.POSITIVE_INFINITY,
  };
  stage.blows.push(blow);
  worker.isPaused = true;
  stage.troupe.signal(worker, 'SIGSTOP');
  // It may sleep in the middle of a transaction: then its leases run out when it wakes.
  const expired = expireLeases(stage, [worker], fault);
  await Promise.race([expired, sleep(leaseAtMostMs)]);
  await sleep(2_000);
  stage.troupe.signal(worker, 'SIGCONT');
  await expired;
  worker.isPaused = false;
  blow.untilAt = Date.now();
}

/** A cable is pulled: the host's processes work on in the dark until it is back, while others take their work over. */
async function part(stage: Stage, worker: Worker, fault: Fault): Promise<void> {
  const { host } = worker;
  if (!host) throw new Error(`${worker.name} has no host of its own`);
  const there = stage.troupe.workers.filter((one) => one.host === host);
  const at = Date.now();
  await host.cutOff();
  const blows = there.map(
    ({ name: client }): Blow => ({ kind: 'parting', client, at, untilAt: Number.POSITIVE_INFINITY }),
  );
  stage.blows.push(...blows);
  // Leases run out within a long parting by themselves.
  if (stage.partedMs < leaseMs) await expireLeases(stage, there, fault);
  await sleep(Math.max(0, at + stage.partedMs - Date.now()));
  await host.rejoin();
  for (const blow of blows) blow.untilAt = Date.now();
}

async function expireLeases(stage: Stage, workers: Worker[], { draw }: Fault): Promise<void> {
  await sleep(draw % leaseAtMostMs);
  const holders = workers.map(({ pid }) => `%/${pid}/%`);
  // While a circuit is open, only the probe is under way.
  await sql`update smtp_circuits set probe_until = clock_timestamp() where probe_until is not null and exists (
    select from deliveries where phase in ('claimed', 'body') and holder like any(${holders}::text[]))`.execute(
    stage.app.context.db,
  );
  await sql`update deliveries set lease_until = clock_timestamp()
    where lease_until is not null and holder like any(${holders}::text[])`.execute(stage.app.context.db);
  await sql`update leases set expires_at = clock_timestamp() where holder like any(${holders}::text[])`.execute(
    stage.app.context.db,
  );
}
