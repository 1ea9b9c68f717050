import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { countHeldPart, countHeldReaders, readHeldRun, sampleHeld } from '../../src/db/admin/held-run.ts';
import { connect } from '../../src/db/connect.ts';
import { readUsualCounts } from '../../src/db/ingest/transitions.ts';
import { releaseHeldChanges } from '../../src/use-cases/admin/decide-held.ts';
import { withBenchApp } from './app.ts';
import { fillReaders } from './readers.ts';

/** One step of deciding about a held run: milliseconds, and those of the database server's processor. */
export type HeldResult = { step: string; ms: number; processorMs: number };

const people = 10_000;
/** The held run, after the one that filled the readers' day and 100 usual ones. */
const run = 102;
const followed = 'status.status.RECRUITING.SUSPENDED';

/** Looks at a run that holds `count` changes of statuses, before 10,000 people, and releases one transition of it. */
export function benchHeld(count: number): Promise<HeldResult[]> {
  const now = new Date().toISOString();
  return withBenchApp(
    {},
    () => now,
    async (app) => {
      await fillReaders(app, people, now);
      await fillHeld(app, count, now);
      const db = connect(app.databaseUrl, { max: 1 });
      await sql`set max_parallel_workers_per_gather = 0`.execute(db);
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
      const results: HeldResult[] = [];
      const time = async (step: string, work: () => Promise<unknown>) => {
        const [from, used] = [performance.now(), processorMs(rows[0]?.pid)];
        await work();
        results.push({
          ...{ step, ms: Math.round(performance.now() - from) },
          processorMs: processorMs(rows[0]?.pid) - used,
        });
      };
      for (const round of ['first', 'again']) {
        await time(`transitions and people, ${round}`, () => readHeldRun(db, run));
        await time(`usual counts, ${round}`, () => readUsualCounts(db, run));
        await time(`samples, ${round}`, () => sampleHeld(db, run, { each: 3, draw: 0 }));
        await time(`readers of all, ${round}`, () => countHeldReaders(db, run, null));
        await time(`readers of one transition, ${round}`, () => countHeldReaders(db, run, [followed]));
        await time(`what one transition decides, ${round}`, () => countHeldPart(db, run, [followed]));
      }
      await time('release of one transition', () =>
        releaseHeldChanges({ ...app.context, db }, run, [followed], now),
      );
      await time('release of the rest', () => releaseHeldChanges({ ...app.context, db }, run, null, now));
      await db.destroy();
      return results;
    },
  );
}

/** What a process of this machine has used of the processor, in milliseconds. */
function processorMs(pid = 0): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  // Fields 14 and 15 of the line, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** A run that holds `count` changes, each of a trial on a topic of its own and on six conditions, after 100 usual runs. */
async function fillHeld({ context: { db } }: App, count: number, now: string): Promise<void> {
  await sql`insert into runs (registry, kind, outcome, started_at, changed)
    select 'ctgov', 'poll', case n when 101 then 'held' else 'completed' end, ${now}, 100 from generate_series(1, 101) n`.execute(
    db,
  );
  await sql`insert into run_transitions select r.id, 'status', 'status.status.RECRUITING.' || t.name, r.id % 9
    from runs r, unnest(array['SUSPENDED', 'COMPLETED', 'UNKNOWN', 'WITHDRAWN']) t (name)`.execute(db);
  await sql`insert into trials (registry, registry_id, version, hash, projection, status, title, topics, contacts, raw, watched_since, read_at)
    select 'ctgov', 'NCT' || lpad(n::text, 8, '0'), 2, 'x', 1, 'SUSPENDED', 'A trial', '{}', '[]', '\\x', ${now}, ${now}
    from generate_series(10000000, ${9_999_999 + count}) n`.execute(db);
  await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, held_by, detected_at)
    select id, 2, ${run}, 'status', 'status', jsonb_build_object('facet', 'status', 'kind', 'status',
        'before', case when id % 2 = 0 then 'RECRUITING' else 'NOT_YET_RECRUITING' end,
        'after', (array['SUSPENDED', 'COMPLETED', 'UNKNOWN', 'WITHDRAWN'])[1 + id % 4]), 1,
      array(select 't' || case k when 0 then 1000000 + id else 4000 + (id * 31 + k * 4001) % 24000 end from generate_series(0, 6) k),
      'held', ${run}, ${now}
    from trials where registry_id >= 'NCT10000000'`.execute(db);
  await sql`vacuum analyze`.execute(db);
}
