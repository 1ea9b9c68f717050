import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { ReadingRun } from './reading-run.ts';

/** Reading with this build, and with that of another checkout in the same run, if one is named. */
export type ReadingResult = {
  now: ReadingRun;
  before: ReadingRun | null;
  ratios: {
    /** Of the import: by the clock, and by processor time of the program and the database together. */
    ofCeiling: number;
    ofCeilingsProcessor: number;
    timesAsFast: number | null;
    timesTheProcessor: number | null;
    /** How much is left of the bytes of a trial, and of those that a changed record adds. */
    bytesOfTrial: number | null;
    bytesOfChanged: number | null;
  };
};

/**
 * Reads `count` real-size records over HTTP into an empty database through the product's own import, and with `days`
 * the days after; the builds one after the other, each in its own process.
 */
export async function benchReading(
  count: number,
  other: string | null,
  days: boolean,
): Promise<ReadingResult> {
  const before = other === null ? null : await run(other, count, days);
  const now = await run(join(import.meta.dirname, '../..'), count, days);
  const [own, its] = [importOf(now), before && importOf(before)];
  const ratios = {
    ofCeiling: now.ceiling.seconds / own.seconds,
    ofCeilingsProcessor: sum(now.ceiling.processorSeconds) / sum(own.processorSeconds),
    timesAsFast: its && its.seconds / own.seconds,
    timesTheProcessor: its && sum(its.processorSeconds) / sum(own.processorSeconds),
    bytesOfTrial: before && sum(now.bytesPerTrial) / sum(before.bytesPerTrial),
    bytesOfChanged: before && days ? sum(now.bytesPerChanged) / sum(before.bytesPerChanged) : null,
  };
  return { now, before, ratios };
}

function importOf({ readings }: ReadingRun): ReadingRun['readings'][number] {
  const [first] = readings;
  if (!first) throw new Error('nothing was imported');
  return first;
}

/** The sum of named figures. */
export const sum = (figures: Record<string, number>) => Object.values(figures).reduce((a, b) => a + b, 0);

function run(checkout: string, count: number, days: boolean): Promise<ReadingRun> {
  const child = fork(join(import.meta.dirname, 'reading-run.ts'), [
    checkout,
    String(count),
    days ? 'days' : '',
  ]);
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as ReadingRun));
    child.once('exit', (code) => reject(new Error(`reading ended with ${code}`)));
  });
}
