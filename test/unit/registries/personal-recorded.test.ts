import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Adapter, RegistryRecord } from '../../../src/registries/adapter.ts';
import { ctis } from '../../../src/registries/ctis/index.ts';
import { isrctn } from '../../../src/registries/isrctn/index.ts';

/** Recorded answers beside the project, which most machines lack. */
const data = join(import.meta.dirname, '../../../../shared/data');
const absent = !existsSync(data);

const textsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsOf)
      : [];

function readFile(adapter: Adapter, file: string): RegistryRecord[] {
  const text = readFileSync(join(data, file), 'utf8');
  const answer: unknown = adapter.parse?.(text) ?? JSON.parse(text);
  return [adapter.recordsIn?.(answer) ?? answer].flat().map((raw) => adapter.readRecord(raw, null));
}

it.skipIf(absent)(
  'X10: recorded answers keep no contact and lose nothing else (needs ../shared/data)',
  () => {
    for (const [registry, adapter] of Object.entries({ ctis, isrctn })) {
      const files = globSync(`${registry}/**/*.{json,xml}`, { cwd: data });
      expect(files.length).toBeGreaterThan(15);
      for (const file of files) {
        for (const record of readFile(adapter, file)) {
          const texts = textsOf([record.raw, record.ok && record.trial]);
          const contacts = texts.filter((text) => /@|(?<![\w.])\+\d{2}[\d ()-]{6}|\btel[.:]/i.test(text));
          expect(contacts, file).toEqual([]);
          // None of these records has a contact inside a text that is kept.
          expect(
            texts.filter((text) => text.includes('[…]')),
            file,
          ).toEqual([]);
        }
      }
    }
  },
);
