import { parseArgs } from 'node:util';
import { migrateDatabase } from '../../src/db/maintenance/migrate.ts';
import { addHosts, openHostStage } from '../hosts/stage.ts';
import { isApart, runApart } from '../support/apart.ts';
import { startPostgres18 } from '../support/servers.ts';
import { crashEverywhere } from './crash-everywhere.ts';
import type { Amounts } from './faults.ts';
import { startStoppableRedis } from './servers.ts';
import { formatReport } from './table.ts';
import { runTorture } from './torture.ts';

// `npm run torture`: everything that can go wrong, at random, for some minutes. Exit code 1 when a promise was broken.
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    digests: { type: 'string' },
    kills: { type: 'string' },
    queue: { type: 'string', default: 'pg' },
    hostile: { type: 'boolean', default: false },
    hosts: { type: 'boolean', default: false },
    parted: { type: 'string', default: '120' },
    r2: { type: 'boolean', default: false },
    points: { type: 'string', default: 'Infinity' },
    pairs: { type: 'string', default: '60' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const digests = Number(values.digests ?? Math.round(minutes * 750));
const kills = Number(values.kills ?? Math.round(minutes * 35));
if (![minutes, seed, digests, kills].every(Number.isFinite) || !['pg', 'redis'].includes(values.queue)) {
  console.error(
    'Usage: npm run torture -- [--minutes N] [--seed S] [--digests N] [--kills N] [--queue pg|redis] [--hostile], or the same with --hosts [--parted SECONDS], or: npm run torture -- --r2 [--seed S] [--points N] [--pairs N]',
  );
  process.exit(2);
}

if (values.r2) await runCrashes();
else if (values.hosts && !isApart) runApart(process.argv.slice(1));
else if (values.hosts) await runHosts();
else await runAll();

/** R2: a crash at every word of a round. */
async function runCrashes(): Promise<void> {
  console.log(`seed ${seed}`);
  const postgres = await startPostgres18();
  try {
    const how = {
      seed,
      points: Number(values.points),
      pairs: Number(values.pairs),
      say: (line: string) => console.log(line),
    };
    process.exitCode = (await crashEverywhere(postgres.url, how)) ? 0 : 1;
  } finally {
    await postgres.stop();
  }
}

/** R1 and the rest: processes at work while everything goes wrong. */
async function runAll(): Promise<void> {
  console.log(
    `seed ${seed}: repeat with --minutes ${minutes} --seed ${seed} --digests ${digests} --kills ${kills} --queue ${values.queue}${values.hostile ? ' --hostile' : ''}`,
  );
  const postgres = await startPostgres18();
  const redis = values.queue === 'redis' ? await startStoppableRedis() : null;
  try {
    await migrateDatabase(postgres.url);
    const report = await runTorture({
      databaseUrl: postgres.url,
      redis,
      seed,
      digests,
      amounts: { ...amountsOf(redis !== null), partings: 0 },
      duringMs: minutes * 60_000,
      patienceMs: 300_000,
      hostile: values.hostile,
      say: (line) => console.log(line),
    });
    console.log(formatReport(report));
    process.exitCode = report.breaches.length > 0 ? 1 : 0;
  } finally {
    await redis?.stop();
    await postgres.stop();
  }
}

function amountsOf(hasRedis: boolean): Omit<Amounts, 'partings'> {
  return {
    kills,
    restarts: Math.ceil(minutes / 3),
    pauses: Math.ceil(minutes * 2),
    drops: Math.ceil(digests / 20),
    refusals: Math.ceil(minutes),
    slownesses: Math.ceil(minutes),
    cuts: Math.ceil(minutes * 6),
    wipes: Math.ceil(minutes),
    stops: hasRedis ? Math.ceil(minutes) : 0,
  };
}

/** R1 on several hosts: besides, one of them is cut off by its network in mid-send, and leases run out by themselves. */
async function runHosts(): Promise<void> {
  const stage = await openHostStage();
  try {
    const { databaseUrl, redis } = stage;
    await migrateDatabase(databaseUrl);
    const { roles, web } = await addHosts(stage.network);
    const report = await runTorture({
      ...{ databaseUrl, redis, seed, digests },
      amounts: { ...amountsOf(true), restarts: 0, partings: 1 },
      duringMs: minutes * 60_000,
      patienceMs: 300_000,
      hosts: { stage, roles, web, partedMs: Number(values.parted) * 1_000 },
      say: (line) => console.log(line),
    });
    console.log(formatReport(report));
    process.exitCode = report.breaches.length > 0 ? 1 : 0;
  } finally {
    await stage.close();
  }
}
