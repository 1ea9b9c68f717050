import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { Db } from '../../src/db/connect.ts';
import { countServer, type ProcessorSeconds } from './processor.ts';
import { profiled } from './profiled.ts';
import { measureReadingCeiling, type ReadingCeiling } from './reading-ceiling.ts';

/** What reading some records took. */
export type Reading = {
  what: 'import' | 'normal day' | 'day that respells all' | 'after three days';
  records: number;
  seconds: number;
  processorSeconds: ProcessorSeconds;
  /** The whole process at its peak. */
  peakMegabytes: number;
};

/** What one build took to import a registry and to read the days after. */
export type ReadingRun = {
  count: number;
  readings: Reading[];
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
  const readings = [
    await timed(db, 'import', () => profiled(() => importTrials(context, ctgov, { kind: 'all' }))),
  ];
  if (readings[0]?.records !== count) throw new Error('not all was read');
  await vacuum(db);
  const bytesPerTrial = await sizes(db, count);
  const ceiling = await measureReadingCeiling(db, databaseUrl, url, count);
  await sql`drop table plain_trials, plain_trial_versions`.execute(db);
  let bytesPerChanged: Record<string, number> = {};
  let bytesPerVersion = 0;
  if (days !== '') {
    await pollRegistry(context, ctgov);
    const poll = () => pollRegistry(context, ctgov);
    begin('some', 21);
    readings.push(await timed(db, 'normal day', poll));
    await vacuum(db);
    const before = await sizes(db, count);
    begin('respelled', 22);
    readings.push(await timed(db, 'day that respells all', poll));
    await vacuum(db);
    const after = await sizes(db, count);
    bytesPerChanged = Object.fromEntries(
      Object.entries(after).map(([name, size]) => [name, size - (before[name] ?? 0)]),
    );
    const stored = await countRows(db, 'trial_versions');
    bytesPerVersion = Object.values(await sizes(db, stored)).reduce((sum, size) => sum + size, 0);
    for (const day of [23, 24, 25]) begin('some', day);
    readings.push(await timed(db, 'after three days', poll));
  }
  return { count, readings, bytesPerTrial, bytesPerChanged, bytesPerVersion, ceiling };
}

/** Begins the next day of the registry. */
function begin(word: string, day: number): void {
  registry.send(word);
  now = `2026-11-${day}T12:00:00.000Z`;
}

async function timed(
  db: Db,
  what: Reading['what'],
  work: () => Promise<{ outcome: string; figures: { seen: number }; reason: string | null } | null>,
): Promise<Reading> {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const readServer = await countServer(db);
  const begun = process.cpuUsage();
  const startedAt = performance.now();
  const read = await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(begun);
  clearInterval(timer);
  if (!read || !['completed', 'held'].includes(read.outcome))
    throw new Error(`${what} was not read: ${read?.reason}`);
  const processorSeconds = { program: (user + system) / 1e6, database: readServer() };
  return { what, records: read.figures.seen, seconds, processorSeconds, peakMegabytes: peak / 1e6 };
}

async function vacuum(db: Db): Promise<void> {
  await sql`vacuum analyze`.execute(db);
}

/** The bytes of each table of records and each of its indexes, as shares of `among`. */
async function sizes(db: Db, among: number): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string; size: number }>`
    select c.relname as name, (case c.relkind when 'i' then pg_relation_size(c.oid) else pg_table_size(c.oid) end)::float8 as size
    from pg_class c left join pg_index i on i.indexrelid = c.oid
    where coalesce(i.indrelid, c.oid)::regclass::text in ('trials', 'trial_versions', 'trial_points', 'postal_areas', 'trial_aliases',
      'edits', 'changes', 'topic_changes', 'trial_links') and c.relkind in ('r', 'i') order by 1`.execute(db);
  return Object.fromEntries(rows.map(({ name, size }) => [name, Math.round(size / among)]));
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
