import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../../src/app.ts';
import type { ListFacts } from '../../src/core/subscriptions/list-marks.ts';
import type { Trial } from '../../src/core/trial.ts';
import { type LoadResult, load } from './load.ts';
import { bigCondition, type Filled, fillRegistry, idOf, storedAt, versionsOf } from './whole-registry.ts';

/** One build's answers, and those of the framework with a constant page; lists near places, one after another, in ms. */
export type PagesRun = Filled & {
  loads: ({ pages: string } & LoadResult)[];
  firstNearPlace: { p50: number; p95: number; lists: number } | null;
};

// A process of its own for each build: `pages-run.ts CHECKOUT TRIALS`. BENCH_QUIET leaves out the reading of records.
const [checkout = '', trialCount = ''] = process.argv.slice(2);
const count = Number(trialCount);
const pace = { perSecond: 200, seconds: Number(process.env.BENCH_SECONDS ?? 10) };
const read = 3_000;
const { withBenchApp } = await import(join(checkout, 'test/bench/app.ts'));
const marksFile = join(checkout, 'src/core/subscriptions/list-marks.ts');
const { listFactsOf = null } = existsSync(marksFile) ? await import(marksFile) : {};
const packFile = join(checkout, 'src/db/maintenance/pack-versions.ts');
const { packVersions = null } = existsSync(packFile) ? await import(packFile) : {};

const ids = Array.from({ length: 2_000 }, (_, n) => idOf((n * 7919) % versionsOf(count)));
const slugs = [bigCondition.slug, 'asthma', 'breast-neoplasms', 'leukemia', 'stroke'];
const typed = ['lu', 'lun', 'lung c', 'asth', 'breast', 'leuk', 'diab', 'heart att', 'multiple s', 'park'];
const kinds: [string, string[]][] = [
  ['start', ['/']],
  [
    `condition of ${Math.round(count / 10).toLocaleString('en')} trials`,
    [`/conditions/${bigCondition.slug}`],
  ],
  ['conditions', slugs.map((slug) => `/conditions/${slug}`)],
  ['trials', ids.map((id) => `/trials/${id}`)],
  ['search as you type', typed.map((words) => `/suggest?q=${encodeURIComponent(words)}`)],
  [
    'feeds',
    [
      ...slugs.map((slug) => `/conditions/${slug}/feed.atom`),
      ...ids.slice(0, 50).map((id) => `/trials/${id}/feed.atom`),
    ],
  ],
  ['API: trials', ids.map((id) => `/api/v1/trials/${id}`)],
  ['API: changes', ['status', 'sites', 'dates'].map((facet) => `/api/v1/changes?facet=${facet}&limit=20`)],
];
const cities =
  'Boston,Madrid,Paris,London,Berlin,Houston,Toronto,Seoul,Tokyo,Milan,Barcelona,Sydney,New York,Chicago,Vienna'.split(
    ',',
  );

const result: PagesRun = await withBenchApp(
  {
    PORT: '0',
    CTGOV_PACE_MS: '0',
    ...(process.env.BENCH_DATA
      ? { DATA_DIR: join(process.env.BENCH_DATA, listFactsOf ? 'now' : 'before') }
      : {}),
  },
  () => storedAt,
  async (app: App) => {
    const filled = await fillRegistry(app, count, listFactsOf as ((trial: Trial) => ListFacts) | null);
    await packVersions?.(app.context.db, () => false);
    const env = { ...process.env, DATA_DIR: app.context.config.dataDir, PORT: '0', LOG_LEVEL: 'error' };
    const server = fork(join(checkout, 'test/bench/page-server.ts'), { env, execArgv: profile() });
    const [url] = (await next(server)) as [string];
    const firstNearPlace = listFactsOf && (await askNearPlaces(url));
    const reader = process.env.BENCH_QUIET ? null : await readMeanwhile(env);
    const loads: PagesRun['loads'] = [];
    for (const [pages, paths] of kinds) {
      if ((await fetch(url + paths[0])).status !== 200) continue;
      await load(url, paths, { ...pace, seconds: 2 });
      loads.push({ pages, ...(await load(url, paths, pace)) });
    }
    const size = (await (await fetch(`${url}/trials/${ids[0]}`)).text()).length;
    server.disconnect();
    const constant = fork(join(import.meta.dirname, 'constant-page.ts'), [String(size)]);
    const [port] = (await next(constant)) as [number];
    loads.push({ pages: 'a constant page', ...(await load(`http://127.0.0.1:${port}`, ['/'], pace)) });
    constant.disconnect();
    reader?.end();
    return { ...filled, loads, firstNearPlace };
  },
);
process.send?.(result);

/** Lists near places that nobody asked for before: the times of the answers, one after another. */
async function askNearPlaces(url: string): Promise<PagesRun['firstNearPlace']> {
  const times: number[] = [];
  for (const km of [25, 100, 500])
    for (const city of cities) {
      const startedAt = performance.now();
      const answer = await fetch(
        `${url}/conditions/${bigCondition.slug}?near=${encodeURIComponent(city)}&km=${km}`,
      );
      await answer.text();
      if (answer.status === 200) times.push(performance.now() - startedAt);
    }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), lists: times.length };
}

/** Reads one day of respelled records after another in a process of its own, until ended. */
async function readMeanwhile(env: NodeJS.ProcessEnv): Promise<{ end: () => void }> {
  const registry = fork(join(import.meta.dirname, 'registry-server.ts'), [String(read)]);
  const [port] = (await next(registry)) as [number];
  const reader = fork(join(import.meta.dirname, 'polls.ts'), [checkout], {
    env: { ...env, REGISTRIES: 'ctgov', CTGOV_URL: `http://127.0.0.1:${port}/api/v2`, CTGOV_PACE_MS: '0' },
  });
  reader.on('message', () => {
    if (registry.connected) registry.send('next day');
    if (reader.connected) reader.send('poll');
  });
  return {
    end() {
      reader.kill();
      registry.disconnect();
    },
  };
}

function next(child: ChildProcess): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve([message]));
    child.once('exit', (code) => reject(new Error(`a process of the bench ended with ${code}`)));
  });
}

/** Profiles of the pages' processor time go into the folder that BENCH_PROFILE names. */
function profile(): string[] {
  return process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [];
}
