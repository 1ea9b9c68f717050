import { fork } from 'node:child_process';
import { join } from 'node:path';
import { type RawBuilder, sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { Db } from '../../src/db/connect.ts';
import type { Longest } from './bystander.ts';
import { fillDuePeople } from './due-people.ts';
import { type Ceiling, measureCeiling } from './planning-ceiling.ts';
import { countProcessor, type ProcessorSeconds } from './processor.ts';
import { profiled } from './profiled.ts';

/** What one build took to plan everyone who is due. */
export type PlanningRun = {
  subscribers: number;
  digests: number;
  items: number;
  seconds: number;
  processorSeconds: ProcessorSeconds;
  /** The whole process at its peak, and how much of that planning added. */
  peakMegabytes: number;
  addedMegabytes: number;
  /** The longest that another client's transaction of each kind took meanwhile, in milliseconds. */
  longest: Longest;
  /** Contents with digests, then the ledger's rows, with all their indexes. */
  bytesPerDigest: { content: number; items: number; deliveries: number };
  /** The same rows written by plain statements in batches of the same size. */
  ceiling: Ceiling;
};

// A process of its own for each build: `planning-run.ts CHECKOUT PEOPLE BATCH`.
const [checkout = '', people = '', batch = ''] = process.argv.slice(2);
const dueAt = '2026-11-20T15:00:00.000Z';
const begin = Date.now();
const now = () => new Date(Date.parse(dueAt) + Date.now() - begin).toISOString();
const { withBenchApp } = await import(join(checkout, 'test/bench/app.ts'));
const { planDigests } = await import(join(checkout, 'src/jobs/digests/plan.ts')).catch(
  () => import(join(checkout, 'src/jobs/plan.ts')),
);

const result: PlanningRun = await withBenchApp({}, now, async (app: App) => {
  const { db } = app.context;
  await fillDuePeople(app, Number(people), dueAt);
  const bystander = fork(join(import.meta.dirname, 'bystander.ts'), [app.databaseUrl]);
  await new Promise((resolve) => bystander.once('message', resolve));
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const readProcessor = await countProcessor(db);
  const startedAt = performance.now();
  const { failed } = await profiled<{ failed: number }>(() => planDigests(app.context));
  const seconds = (performance.now() - startedAt) / 1000;
  const processorSeconds = await readProcessor();
  clearInterval(timer);
  if (failed > 0) throw new Error(`${failed} digests could not be planned`);
  bystander.send('end');
  const longest = await new Promise<Longest>((resolve) =>
    bystander.once('message', resolve as (one: unknown) => void),
  );
  const [digests, items] = [
    await count(db, sql`digests`),
    await count(db, sql`digest_items where digest_id is not null`),
  ];
  const size = async (...tables: string[]) => {
    const { rows } = await sql<{ size: number }>`
      select coalesce(sum(pg_total_relation_size(to_regclass(t))), 0)::float8 as size from unnest(${tables}::text[]) t`.execute(
      db,
    );
    return Math.round((rows[0]?.size ?? 0) / digests);
  };
  const bytesPerDigest = {
    content: await size('digests', 'digest_contents'),
    items: await size('digest_items'),
    deliveries: await size('deliveries'),
  };
  const ceiling = await measureCeiling(db, Number(batch));
  return {
    ...{
      subscribers: Number(people),
      digests,
      items,
      seconds,
      longest,
      bytesPerDigest,
      processorSeconds,
      ceiling,
    },
    peakMegabytes: peak / 1e6,
    addedMegabytes: (peak - before) / 1e6,
  };
});
process.send?.(result);

async function count(db: Db, what: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${what}`.execute(db);
  return rows[0]?.n ?? 0;
}
