import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { Change } from '../../src/core/change.ts';
import { buildPhraseIndex, topicsOf } from '../../src/core/matching/topics.ts';
import type { Trial } from '../../src/core/trial.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';
import { hasRecords, readRecordedTrials } from '../support/recorded-trials.ts';
import { study } from '../support/study.ts';
import { withBenchApp } from './app.ts';
import { type LoadResult, load } from './load.ts';

export type PagesResult = { pages: string; trials: number; changes: number } & LoadResult;

const now = '2026-11-20T15:00:00.000Z';
const pace = { perSecond: 200, seconds: 20 };
const changesPerTrial = 10;
const conditions = ['asthma', 'lung-neoplasms', 'breast-neoplasms', 'leukemia', 'stroke'];

/** Asks for trial and condition pages, and beside them for a constant page of the framework, 200 times a second. */
export function benchPages(trialCount: number): Promise<PagesResult[]> {
  return withBenchApp(
    { PORT: '0', CTGOV_PACE_MS: '0' },
    () => now,
    async (app) => {
      await fillTrials(app, trialCount);
      const ids = Array.from({ length: 5_000 }, (_, n) => idOf(1 + ((n * 7919) % trialCount)));
      const counts = { trials: trialCount, changes: trialCount * changesPerTrial };
      const results: PagesResult[] = [];
      const server = fork(join(import.meta.dirname, 'page-server.ts'), {
        env: { ...process.env, DATA_DIR: app.context.config.dataDir, PORT: '0', LOG_LEVEL: 'error' },
      });
      const [url] = (await once(server, 'message')) as [string];
      const size = (await (await fetch(`${url}/trials/${ids[0]}`)).text()).length;
      for (const [pages, paths] of [
        ['trials', ids.map((id) => `/trials/${id}`)],
        ['conditions', conditions.map((slug) => `/conditions/${slug}`)],
      ] as const) {
        await load(url, paths, { ...pace, seconds: 3 });
        results.push({ pages, ...counts, ...(await load(url, paths, pace)) });
      }
      server.disconnect();
      const constant = fork(join(import.meta.dirname, 'constant-page.ts'), [String(size)]);
      const [port] = (await once(constant, 'message')) as [number];
      await load(`http://127.0.0.1:${port}`, ['/'], { ...pace, seconds: 3 });
      const answered = await load(`http://127.0.0.1:${port}`, ['/'], pace);
      results.push({ pages: 'a constant page', ...counts, ...answered });
      constant.disconnect();
      return results;
    },
  );
}

/** The NCT number of the n-th trial, from 1. */
export function idOf(n: number): string {
  return `NCT${String(n).padStart(8, '0')}`;
}

/** Recorded trials over and over under numbers of their own, each with changes on all its topics. */
export async function fillTrials({ context: { db } }: App, count: number): Promise<void> {
  const trials = hasRecords ? readRecordedTrials() : [madeUpTrial()];
  const index = buildPhraseIndex([]);
  const change: Change = {
    facet: 'status',
    kind: 'status',
    before: 'NOT_YET_RECRUITING',
    after: 'RECRUITING',
  };
  await sql`insert into runs (registry, kind, outcome, started_at, finished_at) values ('ctgov', 'poll', 'completed', ${now}, ${now})`.execute(
    db,
  );
  for (let from = 0; from < count; from += 1_000) {
    const some = Array.from({ length: Math.min(1_000, count - from) }, (_, n) => {
      const trial = { ...(trials[(from + n) % trials.length] as Trial), id: idOf(1 + from + n), aliases: [] };
      return {
        id: trial.id,
        status: trial.status,
        title: trial.title,
        topics: topicsOf(trial, index),
        trial,
      };
    });
    await sql`with t as (
        insert into trials (registry, registry_id, version, hash, projection, status, title, topics, contacts, raw, watched_since, read_at, verified_on, change_count)
        select 'ctgov', r ->> 'id', 2, 'x', 1, r ->> 'status', r ->> 'title', array(select jsonb_array_elements_text(r -> 'topics')),
          '[]', '\\x', ${now}, ${now}, r -> 'trial' ->> 'verifiedOn', ${changesPerTrial}
        from jsonb_array_elements(${JSON.stringify(some)}::jsonb) r returning id, registry_id)
      insert into trial_versions (trial_id, version, hash, projection, trial, read_at, run_id)
      select t.id, 2, 'x', 1, r -> 'trial', ${now}, 1
      from t join jsonb_array_elements(${JSON.stringify(some)}::jsonb) r on r ->> 'id' = t.registry_id`.execute(
      db,
    );
  }
  await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
    select id, 2, 1, 'status', 'status', ${JSON.stringify(change)}::jsonb, 1, topics, 'released',
      (n - 1) * ${count} + id, ${now}::timestamptz - n * interval '1 day', ${now}::timestamptz - n * interval '1 day'
    from trials, generate_series(1, ${changesPerTrial}) n`.execute(db);
  await sql`insert into topic_changes (topic, position) select distinct t, position from changes, unnest(topics) t`.execute(
    db,
  );
  await sql`insert into registries (id, data_timestamp, watermark_on, checked_at, completed_at)
    values ('ctgov', '2026-11-19T09:00:04', '2026-11-19', ${now}, ${now}) on conflict do nothing`.execute(db);
  // As autovacuum would have it soon after.
  await sql`vacuum analyze`.execute(db);
}

function madeUpTrial(): Trial {
  const read = readRecord(study('NCT09900001'), null);
  if (!read.ok) throw new Error(read.reason);
  return read.trial;
}
