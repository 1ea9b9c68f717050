import { TrialbellError } from '../errors.ts';
import type { Registry, RegistryRecord } from './adapter.ts';
import { type CtgovOptions, openCtgov, readRecord } from './ctgov/index.ts';

export type {
  BadRecord,
  ReadRecord,
  Registry,
  RegistryPage,
  RegistryQuery,
  RegistryRecord,
} from './adapter.ts';

/** Every registry this program reads: a folder and a line here. */
const openers = { ctgov: openCtgov };

/** Where each registry is and how fast it may be asked, by its id. */
export type RegistrySettings = { [id in keyof typeof openers]: Pick<CtgovOptions, 'url' | 'paceMs'> };

/** Every registry by its id. `shared` holds for all: who we say we are, the clock and, for tests, the network. */
export function openRegistries(
  settings: RegistrySettings,
  shared: Omit<CtgovOptions, 'url' | 'paceMs'>,
): Map<string, Registry> {
  const ids = Object.keys(openers) as (keyof typeof openers)[];
  return new Map(ids.map((id) => [id, openers[id]({ ...shared, ...settings[id] })]));
}

const readers = { ctgov: readRecord };

/** Reads a full raw record of a registry, offline. Throws a TrialbellError for a registry there is none of. */
export function readRecordOf(registry: string, raw: unknown): RegistryRecord {
  const read = readers[registry as keyof typeof readers];
  if (!read) {
    throw new TrialbellError(
      `There is no registry "${registry}". Choose from: ${Object.keys(readers).join(', ')}.`,
      {
        exitCode: 2,
      },
    );
  }
  return read(raw, null);
}
