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

/** The adapter of every registry: a line for each folder. */
const adapters: Readonly<Record<RegistryId, Adapter>> = { ctgov };

/** Where each registry is and how fast it may be asked, by its id. */
export type RegistrySettings = Readonly<Record<RegistryId, Pick<AdapterOptions, 'url' | 'paceMs'>>>;

/** Opens every registry. `shared` holds for all of them: the User-Agent, the clock and, for tests, the network. */
export function openRegistries(
  settings: RegistrySettings,
  shared: Omit<AdapterOptions, 'url' | 'paceMs'>,
): Map<string, Registry> {
  const ids = Object.keys(adapters) as RegistryId[];
  return new Map(ids.map((id) => [id, adapters[id].open({ ...shared, ...settings[id] })]));
}

/** Reads a full raw record of a registry, offline. Throws a TrialbellError if there is no such registry. */
export function readRecordOf(registry: string, raw: unknown): RegistryRecord {
  return adapterOf(registry).readRecord(raw, null);
}

/** The trial numbers of a registry that a text holds, offline. Throws a TrialbellError for a registry there is none of. */
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
