import type { RegistryId } from '../core/registries.ts';
import { TrialbellError } from '../errors.ts';
import type { Adapter, AdapterOptions, Registry, RegistryRecord } from './adapter.ts';
import { ctgov } from './ctgov/index.ts';

export type {
  BadRecord,
  ReadRecord,
  Registry,
  RegistryPage,
  RegistryQuery,
  RegistryRecord,
} from './adapter.ts';

/** The adapters of all registries, one line per folder. */
const adapters: Readonly<Record<RegistryId, Adapter>> = { ctgov };

/** The address and pace of each registry, by id. */
export type RegistrySettings = Readonly<Record<RegistryId, Pick<AdapterOptions, 'url' | 'paceMs'>>>;

/** Opens every registry. All share the User-Agent, the clock and, in tests, the network. */
export function openRegistries(
  settings: RegistrySettings,
  shared: Omit<AdapterOptions, 'url' | 'paceMs'>,
): Map<string, Registry> {
  const ids = Object.keys(adapters) as RegistryId[];
  return new Map(ids.map((id) => [id, adapters[id].open({ ...shared, ...settings[id] })]));
}

/** Reads a full raw record of a registry, offline. Throws a TrialbellError if the registry does not exist. */
export function readRecordOf(registry: string, raw: unknown): RegistryRecord {
  return adapterOf(registry).readRecord(raw, null);
}

/**
 * Finds the trial numbers of a registry in a text, offline. Throws a TrialbellError if the registry does not
 * exist.
 */
export function findIdsOf(registry: string, text: string): string[] {
  return adapterOf(registry).findIds(text);
}

function adapterOf(registry: string) {
  const found = Object.entries(adapters).find(([id]) => id === registry)?.[1];
  if (found === undefined) {
    const known = Object.keys(adapters).join(', ');
    throw new TrialbellError(`There is no registry "${registry}". Choose from: ${known}.`, { exitCode: 2 });
  }
  return found;
}
