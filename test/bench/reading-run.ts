import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { Db } from '../../src/db/connect.ts';
import { profiled } from './profiled.ts';
import { measureReadingCeiling, type ReadingCeiling } from './reading-ceiling.ts';
import { type Reading, sizesOfRecords, timeReading, vacuum } from './reading-clock.ts';

/** What one build took to import a registry and to read the days after. */
export type ReadingRun = {
  count: number;
  readings: Reading<'import' | 'normal day' | 'day that respells all' | 'after three days'>[];
  /** After the import, and what a record added on the day that respelled it, in bytes with indexes. */
  bytesPerTrial: Record<string, number>;
  bytesPerChanged: Record<string, number>;
  bytesPerVersion: number;
  ceiling: ReadingCeiling;
};

// A process of its own for each build: `reading-run.ts CHECKOUT RECORDS DAYS`, without days the import alone.
const [checkout = '', records = '', days = ''] = process.argv.slice(2);
const count = Number(records);
let now = '2026-11-20T12:00:00.000Z';
const { withBenchApp } = await import(join(checkout, 'test/bench/app.ts'));
const ingest = (file: string) =>
  import(join(checkout, `src/jobs/ingest/${file}`)).catch(() => import(join(checkout, `src/jobs/${file}`)));
const { importTrials } = await ingest('import.ts');
const { pollRegistry } = await ingest('poll.ts');

const registry = fork(join(import.meta.dirname, 'registry-server.ts'), [records]);
const url = `http://127.0.0.1:${await firstMessage(registry)}/api/v2`;
try {
  const variables = { REGISTRIES: 'ctgov', CTGOV_URL: url, CTGOV_PACE_MS: '0' };
  process.send?.(await withBenchApp(variables, () => now, measure));
} finally {
  registry.disconnect();
}

async function measure({ context, databaseUrl }: App): Promise<ReadingRun> {
  const { db } = context;
  const ctgov = context.registries.get('ctgov');
  const readings: ReadingRun['readings'] = [
    await timeReading(db, 'import', () => profiled(() => importTrials(context, ctgov, { kind: 'all' }))),
  ];
  if (readings[0]?.records !== count) throw new Error('not all was read');
  await vacuum(db);
  const bytesPerTrial = await sizesOfRecords(db, count);
  const ceiling = await measureReadingCeiling(db, databaseUrl, url, count);
  await sql`drop table plain_trials, plain_trial_versions`.execute(db);
  let bytesPerChanged: Record<string, number> = {};
  let bytesPerVersion = 0;
  if (days !== '') {
    await pollRegistry(context, ctgov);
    const poll = () => pollRegistry(context, ctgov);
    begin('some', 21);
    readings.push(await timeReading(db, 'normal day', poll));
    await vacuum(db);
    const before = await sizesOfRecords(db, count);
    begin('respelled', 22);
    readings.push(await timeReading(db, 'day that respells all', poll));
    await vacuum(db);
    const after = await sizesOfRecords(db, count);
    bytesPerChanged = Object.fromEntries(
      Object.entries(after).map(([name, size]) => [name, size - (before[name] ?? 0)]),
    );
    const stored = await countRows(db, 'trial_versions');
    bytesPerVersion = Object.values(await sizesOfRecords(db, stored)).reduce((sum, size) => sum + size, 0);
    for (const day of [23, 24, 25]) begin('some', day);
    readings.push(await timeReading(db, 'after three days', poll));
  }
  return { count, readings, bytesPerTrial, bytesPerChanged, bytesPerVersion, ceiling };
}

/** Begins the next day of the registry. */
function begin(word: string, day: number): void {
  registry.send(word);
  now = `2026-11-${day}T12:00:00.000Z`;
}

async function countRows(db: Db, what: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.raw(what)}`.execute(db);
  return rows[0]?.n ?? 0;
}

async function firstMessage(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the registry of the bench ended with ${code}`);
    }),
  ]);
  return message;
}
