import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
