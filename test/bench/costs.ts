import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { importTrials } from '../../src/jobs/ingest/import.ts';
import { pollRegistry } from '../../src/jobs/ingest/poll.ts';
import { withBenchApp } from './app.ts';
import { countServer } from './processor.ts';

/** What reading a day costs, and what `start` costs that has nothing to do. */
export type RegistryCosts = {
  changed: number;
  /** Requests of the day's reading, and of a look that finds nothing new. */
  requestsOfReading: number;
  requestsOfLook: number;
  /** Seconds of processor time for a thousand changed records: of the program, and of the database's server. */
  program: number;
  database: number;
  seconds: number;
  /** What a changed record adds to the database, and what a stored trial takes, in bytes with indexes. */
  bytesOfChanged: number;
  bytesOfTrial: number;
};

const key = 'a key of the bench alone, which is long enough';

/** Imports `count` records, then reads a day on which each of them changed; so many alike are held, which costs the same. */
export async function benchRegistryCosts(count: number): Promise<RegistryCosts> {
  const registry = fork(join(import.meta.dirname, 'registry-server.ts'), [String(count)]);
  const [port] = (await once(registry, 'message')) as [number];
  const asked = async () => {
    registry.send('asked');
    return ((await once(registry, 'message')) as [number])[0];
  };
  const variables = { REGISTRIES: 'ctgov', CTGOV_URL: `http://127.0.0.1:${port}/api/v2`, CTGOV_PACE_MS: '0' };
  let now = '2026-11-20T12:00:00.000Z';
  try {
    return await withBenchApp(
      variables,
      () => now,
      async ({ context }) => {
        const ctgov = context.registries.get('ctgov');
        if (!ctgov) throw new Error('no registry');
        const sizeOf = async () => {
          const { rows } = await sql<{
            size: number;
          }>`select pg_database_size(current_database())::float8 as size`.execute(context.db);
          return rows[0]?.size ?? 0;
        };
        const empty = await sizeOf();
        await importTrials(context, ctgov, { kind: 'all' });
        await pollRegistry(context, ctgov);
        const stored = await sizeOf();
        const atLook = await asked();
        now = '2026-11-20T12:15:00.000Z';
        await pollRegistry(context, ctgov);
        const atReading = await asked();
        registry.send('changed');
        now = '2026-11-21T12:00:00.000Z';
        const readServer = await countServer(context.db);
        const begun = process.cpuUsage();
        const startedAt = performance.now();
        const polled = await pollRegistry(context, ctgov);
        const seconds = (performance.now() - startedAt) / 1_000;
        const { user, system } = process.cpuUsage(begun);
        if (!polled || polled.figures.changes < count)
          throw new Error(`the day was not read: ${JSON.stringify(polled)}`);
        const per = 1_000 / count;
        return {
          changed: count,
          requestsOfReading: (await asked()) - atReading,
          requestsOfLook: atReading - atLook,
          program: ((user + system) / 1e6) * per,
          database: readServer() * per,
          seconds,
          bytesOfChanged: ((await sizeOf()) - stored) / count,
          bytesOfTrial: (stored - empty) / count,
        };
      },
    );
  } finally {
    registry.disconnect();
  }
}

/** Seconds of processor time in a minute of `start` with nobody to mail and nothing to read: it and its database. */
export async function benchIdle(): Promise<number> {
  const registry = fork(join(import.meta.dirname, 'registry-server.ts'), ['1']);
  const [port] = (await once(registry, 'message')) as [number];
  const env = { REGISTRIES: 'ctgov', CTGOV_URL: `http://127.0.0.1:${port}/api/v2`, PORT: '0' };
  try {
    return await withBenchApp(
      { SECRET_KEY: key },
      () => new Date().toISOString(),
      async (app) => {
        const own = { ...process.env, ...env, DATABASE_URL: app.databaseUrl, SECRET_KEY: key };
        const program = join(import.meta.dirname, '../../src/cli.ts');
        const child = spawn(process.execPath, [program, 'start'], { env: own, stdio: 'ignore' });
        await sleep(20_000);
        const readServer = await countServer(app.context.db);
        const begun = ticksOf(child.pid ?? 0);
        await sleep(60_000);
        const used = (ticksOf(child.pid ?? 0) - begun) / 100 + readServer();
        child.kill('SIGTERM');
        await once(child, 'exit');
        return used;
      },
    );
  } finally {
    registry.disconnect();
  }
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
