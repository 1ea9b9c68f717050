import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { PlanningRun } from './planning-run.ts';

/** Planning with this build, and with that of another checkout in the same run, if one is named. */
export type PlanningResult = {
  now: PlanningRun;
  before: PlanningRun | null;
  ratios: {
    ofCeiling: number;
    /** How many times as fast as before, and how much of the bytes of a digest's content are left. */
    timesAsFast: number | null;
    bytesOfContent: number | null;
  };
};

/** People in a transaction: of this build, and of builds before contents were shared. */
const batches = { now: 500, before: 1_000 };

/** Plans the digests of `count` people who are due at once; the builds one after the other, each in its own process. */
export async function benchPlanning(count: number, other: string | null): Promise<PlanningResult> {
  const before = other === null ? null : await run(other, count, batches.before);
  const now = await run(join(import.meta.dirname, '../..'), count, batches.now);
  const ratios = {
    ofCeiling: now.ceiling.seconds / now.seconds,
    timesAsFast: before && before.seconds / now.seconds,
    bytesOfContent: before && now.bytesPerDigest.content / before.bytesPerDigest.content,
  };
  return { now, before, ratios };
}

function run(checkout: string, count: number, batch: number): Promise<PlanningRun> {
  const child = fork(join(import.meta.dirname, 'planning-run.ts'), [checkout, String(count), String(batch)], {
    execArgv: process.env.BENCH_IMPORT ? ['--import', process.env.BENCH_IMPORT] : [],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as PlanningRun));
    child.once('exit', (code) => reject(new Error(`planning ended with ${code}`)));
  });
}
