/** A registry that this program reads: what is known of it without its adapter. */
export type RegistryFacts = {
  /** The name people know it by. */
  name: string;
  /** The number of a trial in its form, for messages. */
  exampleId: string;
  /** Where its API is. */
  url: string;
  /** The usual pause between two requests to it, in milliseconds. */
  paceMs: number;
};

/**
 * Every registry by its id. A new one needs an entry here, a folder in `registries`, and a line in `registries/registry.ts`.
 * Its variables follow from its id: `CTGOV_URL` and `CTGOV_PACE_MS`.
 */
export const registries = {
  ctgov: {
    name: 'ClinicalTrials.gov',
    exampleId: 'NCT01234567',
    url: 'https://clinicaltrials.gov/api/v2',
    paceMs: 1_000,
  },
} as const satisfies Record<string, RegistryFacts>;

export type RegistryId = keyof typeof registries;

export const registryIds = Object.keys(registries) as RegistryId[];

/** Trial numbers of every registry, for messages: "such as …". */
export const exampleIds = registryIds.map((id) => registries[id].exampleId).join(' or ');

/** The registry that a command reads if none is named. */
export const defaultRegistry: RegistryId = 'ctgov';

/** The name people know a registry by; its id if it is unknown. */
export function registryName(id: string): string {
  return (registries as Record<string, RegistryFacts>)[id]?.name ?? id;
}
