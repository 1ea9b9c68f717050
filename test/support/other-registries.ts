import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Trial } from '../../src/core/trial.ts';
import { parseTextOf, readRecordsOf } from '../../src/registries/registry.ts';

const data = resolve(import.meta.dirname, '../../../shared/data');

/** Whether records of CTIS and ISRCTN exist beside this project. */
export const othersAbsent = !existsSync(join(data, 'ctis')) || !existsSync(join(data, 'isrctn'));

function readTrials(registry: string, pattern: string): Trial[] {
  const files = globSync(join(data, registry, pattern)).sort();
  return files.flatMap((file) =>
    readRecordsOf(registry, parseTextOf(registry, readFileSync(file, 'utf8'))).flatMap((record) =>
      record.ok ? record.trial : [],
    ),
  );
}

/** The rows of the EU register's own search for multiple sclerosis, as its export gave them. */
export function readRowsAboutSclerosis(): Trial[] {
  return readTrials('ctis', 'search/ms-*.json');
}

/** The EU register's disease classes of those rows, by number. */
export function readDiseaseClasses(): Map<string, string[]> {
  const pages = globSync(join(data, 'ctis/search/ms-*.json')).map((file) => readFileSync(file, 'utf8'));
  const rows: { ctNumber: string; therapeuticAreas: string[] }[] = pages.flatMap(
    (page) => JSON.parse(page).data,
  );
  return new Map(rows.map(({ ctNumber, therapeuticAreas }) => [ctNumber, therapeuticAreas]));
}

/** The full recorded records of both registries. */
export function readOtherRecords(): Trial[] {
  return [
    ...readTrials('ctis', 'records/*.json'),
    ...readTrials('isrctn', 'records/*.json'),
    ...readTrials('isrctn', 'xml/ISRCTN*.xml'),
  ];
}
