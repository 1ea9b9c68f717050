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
const adapters = { ctgov: { open: openCtgov, readRecord } };

/** Where each registry is and how fast it may be asked, by its id. */
export type RegistrySettings = { [id in keyof typeof adapters]: Pick<CtgovOptions, 'url' | 'paceMs'> };

/** Every registry by its id. `shared` holds for all: who we say we are, the clock and, for tests, the network. */
export function openRegistries(
  settings: RegistrySettings,
  shared: Omit<CtgovOptions, 'url' | 'paceMs'>,
): Map<string, Registry> {
  const ids = Object.keys(adapters) as (keyof typeof adapters)[];
  return new Map(ids.map((id) => [id, adapters[id].open({ ...shared, ...settings[id] })]));
}

/** Reads a full raw record of a registry, offline. Throws a TrialbellError for a registry there is none of. */
export function readRecordOf(registry: string, raw: unknown): RegistryRecord {
  const found = Object.entries(adapters).find(([id]) => id === registry)?.[1];
  if (found === undefined) {
    const known = Object.keys(adapters).join(', ');
    throw new TrialbellError(`There is no registry "${registry}". Choose from: ${known}.`, { exitCode: 2 });
  }
  return found.readRecord(raw, null);
}
