import type { RegistryId } from '../core/registries.ts';
import type { Day, Trial } from '../core/trial.ts';
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

/** The address and pace of each registry that is read, by id. */
export type RegistrySettings = Readonly<Partial<Record<RegistryId, Pick<AdapterOptions, 'url' | 'paceMs'>>>>;

/** Opens the registries of these settings, in their order. All share the User-Agent, the clock and, in tests, the network. */
export function openRegistries(
  settings: RegistrySettings,
  shared: Omit<AdapterOptions, 'url' | 'paceMs'>,
): Map<string, Registry> {
  const chosen = Object.entries(settings) as [RegistryId, Pick<AdapterOptions, 'url' | 'paceMs'>][];
  return new Map(chosen.map(([id, own]) => [id, adapters[id].open({ ...shared, ...own })]));
}

/** Reads a full raw record of a registry, offline. Throws a TrialbellError if the registry does not exist. */
export function readRecordOf(registry: string, raw: unknown): RegistryRecord {
  return adapterOf(registry).readRecord(raw, null);
}

/**
 * Reads the text of a file of one record, or of one answer, into raw records; undefined if it is not in the
 * registry's form. Throws a TrialbellError if the registry does not exist.
 */
export function parseFileOf(registry: string, text: string): unknown {
  const { parse = JSON.parse } = adapterOf(registry);
  try {
    return parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/**
 * The trial as its own dates tell on a day (`Adapter.statusOn`), offline. Throws a TrialbellError if the
 * registry does not exist.
 */
export function statusOnOf(registry: string, trial: Trial, day: Day): Trial {
  return adapterOf(registry).statusOn?.(trial, day) ?? trial;
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
