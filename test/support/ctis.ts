import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trial } from '../../src/core/trial.ts';
import { type CtisTrial, makeCtisRecord } from '../../src/demo/ctis-trial.ts';
import { ctis } from '../../src/registries/ctis/index.ts';

/** Recorded answers of the EU register beside the project, which most machines lack. */
export const ctisFolder = join(import.meta.dirname, '../../../shared/data/ctis');
export const hasCtis = existsSync(ctisFolder);

/** Reads a raw answer or row; throws the reason if it cannot be trusted. */
export function readCtis(raw: unknown): Trial {
  const record = ctis.readRecord(raw, null);
  if (!record.ok) throw new Error(record.reason);
  return record.trial;
}

/** Reads a recorded file. */
export function readCtisFile(file: string): unknown {
  return JSON.parse(readFileSync(join(ctisFolder, file), 'utf8'));
}

/** A trial in Spain and Italy that recruits in Spain, with some parts replaced. */
export function makeCtisTrial(changes: Partial<CtisTrial> = {}): CtisTrial {
  return {
    id: '2024-510001-10-00',
    code: 4,
    title: 'Examplumab in relapsing multiple sclerosis',
    condition: 'Multiple Sclerosis',
    decidedOn: '2026-10-01',
    publishedOn: '2026-10-05',
    countries: [
      {
        name: 'Spain',
        code: 4,
        startedOn: '2026-01-10',
        recruitsFrom: '2026-02-01',
        sites: [{ org: 'ORG-100000011', name: 'Hospital de Ejemplo', city: 'Madrid' }],
      },
      {
        name: 'Italy',
        code: 2,
        sites: [{ org: 'ORG-100000012', name: 'Ospedale di Esempio', city: 'Rome' }],
      },
    ],
    ...changes,
  };
}

/** The same trial, read from its record. */
export function readCtisTrial(changes: Partial<CtisTrial> = {}, edition = 0): Trial {
  return readCtis(makeCtisRecord(makeCtisTrial(changes), edition));
}
