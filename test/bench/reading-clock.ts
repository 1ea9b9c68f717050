import { sql } from 'kysely';
import type { Db } from '../../src/db/connect.ts';
import { countServer, type ProcessorSeconds } from './processor.ts';

/** What reading some records took. */
export type Reading<What extends string = string> = {
  what: What;
  records: number;
  seconds: number;
  processorSeconds: ProcessorSeconds;
  /** The whole process at its peak. */
  peakMegabytes: number;
};

/** Times a reading of records, which has to end well. */
export async function timeReading<What extends string>(
  db: Db,
  what: What,
  work: () => Promise<{ outcome: string; figures: { seen: number }; reason: string | null } | null>,
): Promise<Reading<What>> {
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

/** Vacuums, as autovacuum would some time later. */
export async function vacuum(db: Db): Promise<void> {
  await sql`vacuum analyze`.execute(db);
}

/** The bytes of each table of records and each of its indexes, as shares of `among`. */
export async function sizesOfRecords(db: Db, among: number): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string; size: number }>`
    select c.relname as name, (case c.relkind when 'i' then pg_relation_size(c.oid) else pg_table_size(c.oid) end)::float8 as size
    from pg_class c left join pg_index i on i.indexrelid = c.oid
    where coalesce(i.indrelid, c.oid)::regclass::text in ('trials', 'trial_versions', 'trial_points', 'postal_areas', 'trial_aliases',
      'edits', 'changes', 'topic_changes', 'trial_links') and c.relkind in ('r', 'i') order by 1`.execute(db);
  return Object.fromEntries(rows.map(({ name, size }) => [name, Math.round(size / among)]));
}
