import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Trial } from '../../src/core/trial.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';

/** The recorded records beside the project, which most machines lack. */
export const recordsFolder = join(import.meta.dirname, '../../../shared/data/ctgov/records');
export const hasRecords = existsSync(recordsFolder);

/** Reads a raw record with the adapter. Throws if the record would be quarantined. */
export function registryRead(raw: unknown): Trial {
  const record = readRecord(raw, null);
  if (!record.ok) throw new Error(`${record.id}: ${record.reason}`);
  return record.trial;
}

/** All recorded trials, in order of their numbers. */
export function readRecordedTrials(): Trial[] {
  return readdirSync(recordsFolder)
    .sort()
    .map((file) => registryRead(JSON.parse(readFileSync(join(recordsFolder, file), 'utf8'))));
}

const moreRecords = join(import.meta.dirname, '../../../shared/data/ctgov/more-records.ndjson.gz');
export const hasMoreRecords = hasRecords && existsSync(moreRecords);

/** Further recorded trials of every field of medicine, raw. */
export function readMoreRecords(): unknown[] {
  const lines = gunzipSync(readFileSync(moreRecords)).toString().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** The further trials as the adapter reads them, without the records it quarantines. */
export function readMoreTrials(): Trial[] {
  return readMoreRecords().flatMap((raw) => {
    const record = readRecord(raw, null);
    return record.ok ? [record.trial] : [];
  });
}
