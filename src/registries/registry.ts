import type { Registry } from './adapter.ts';
import { type CtgovOptions, openCtgov } from './ctgov/index.ts';

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
