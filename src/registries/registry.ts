import { type RegistryId, registryFacts } from '../core/registries.ts';
import type { Day, Trial } from '../core/trial.ts';
import { TrialbellError } from '../errors.ts';
import type { Adapter, AdapterOptions, Registry, RegistryRecord } from './adapter.ts';
import { ctgov } from './ctgov/index.ts';
import { ctis } from './ctis/index.ts';
import { isrctn } from './isrctn/index.ts';

export type {
  BadRecord,
  ReadRecord,
  Registry,
  RegistryHistory,
  RegistryPage,
  RegistryQuery,
  RegistryRecord,
  RegistryRow,
  RegistryRows,
} from './adapter.ts';

/** The adapters of all registries, one line per folder. */
const adapters: Readonly<Record<RegistryId, Adapter>> = { ctgov, ctis, isrctn };

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

/** The registry with this id among those that are read. Throws a TrialbellError that names them. */
export function chooseRegistry(read: ReadonlyMap<string, Registry>, id: string): Registry {
  const registry = read.get(id);
  if (registry) return registry;
  const known = [...read.keys()].join(', ');
  const fault =
    registryFacts(id) === undefined ? `There is no registry "${id}"` : `REGISTRIES leaves ${id} out`;
  throw new TrialbellError(`${fault}. Choose from: ${known}.`, { exitCode: 2 });
}

/** Whether a registry's records are XML. Throws a TrialbellError if the registry does not exist. */
export function isXml(registry: string): boolean {
  return adapterOf(registry).parse !== undefined;
}

/** Reads the text of a file in a registry's form. Throws what the parser throws. */
export function parseTextOf(registry: string, text: string): unknown {
  const { parse = JSON.parse } = adapterOf(registry);
  return parse(text.replace(/^\ufeff/, ''));
}

/**
 * The records of a file's content, offline: a list, a page of the registry's answers, or one record. Throws a
 * TrialbellError if the registry does not exist.
 */
export function readRecordsOf(registry: string, content: unknown): RegistryRecord[] {
  const { recordsIn, readRecord } = adapterOf(registry);
  const list = Array.isArray(content) ? content : (recordsIn?.(content) ?? [content]);
  return list.map((raw) => readRecord(raw, null));
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
