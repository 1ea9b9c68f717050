import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { Db } from '../../src/db/connect.ts';

/** Processor time in seconds: of this process, and of the database's sessions that serve it. */
export type ProcessorSeconds = { program: number; database: number };

/** Begins to count; the returned function gives what was used since. Only Linux tells it of the database. */
export async function countProcessor(db: Db): Promise<() => Promise<ProcessorSeconds>> {
  const program = process.cpuUsage();
  const before = await readSessions(db);
  return async () => {
    const { user, system } = process.cpuUsage(program);
    const after = await readSessions(db);
    const database = [...after].reduce((sum, [pid, used]) => sum + used - (before.get(pid) ?? 0), 0);
    return { program: (user + system) / 1e6, database };
  };
}

/** Begins to count the processor time of the whole database server, in seconds: sessions that end meanwhile, and its own processes. */
export async function countServer(db: Db): Promise<() => number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
  const server = Number(readStat(rows[0]?.pid ?? 0)[1]);
  const before = readFamily(server);
  return () => (readFamily(server) - before) / 100;
}

/** The ticks of a process, its children, and those of its children that have ended. */
function readFamily(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const [, , , , , , , , , , , , , endedUser, endedSystem] = readStat(pid);
  const ended = Number(endedUser) + Number(endedSystem);
  return [pid, ...children.map(Number)].reduce((sum, one) => sum + readTicks(one), ended);
}

/** The fields of a process's `stat` that follow its name: state, parent … */
function readStat(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
}

async function readSessions(db: Db): Promise<Map<number, number>> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where application_name = 'trialbell'`.execute(db);
  return new Map(rows.map(({ pid }) => [pid, readTicks(pid) / 100]));
}

function readTicks(pid: number): number {
  try {
    const fields = readStat(pid);
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
