/** Facts about a registry that do not need its adapter. */
export type RegistryFacts = {
  /** The name that people use for it. */
  name: string;
  /** A shorter name, for a line of a card. */
  shortName: string;
  /** A valid trial number, for messages. */
  exampleId: string;
  /** The URL of its API. */
  url: string;
  /** The usual pause between two requests, in milliseconds. */
  paceMs: number;
  /** The URL of a trial's official page. */
  recordUrl(id: string): string;
  /** The URL of its own history of a record, for a registry whose history can be read (`HISTORY_BACKFILL`). */
  historyUrl?(id: string): string;
  /** The message that names it as the source, as its terms ask: `attribution.` and this word. */
  attribution: string;
  /** Sponsors have to confirm their records there from time to time (`Trial.verifiedOn`). */
  isConfirmed?: true;
  /** The usual shares of its changes were measured (`core/change.ts`). */
  isMeasured?: true;
  /** The URL of the terms under which its records may be used. */
  licence: string;
  /** Its keywords are terms of a vocabulary that classify the condition, as sure as the registrant's own words. */
  classifies?: true;
};

/**
 * Every registry by its id. A new one needs an entry here, a folder in `registries`, and a line in
 * `registries/registry.ts`. Its variables follow from its id: `CTGOV_URL` and `CTGOV_PACE_MS`.
 */
export const registries = {
  ctgov: {
    name: 'ClinicalTrials.gov',
    shortName: 'ClinicalTrials.gov',
    exampleId: 'NCT01234567',
    url: 'https://clinicaltrials.gov/api/v2',
    paceMs: 1_000,
    recordUrl: (id) => `https://clinicaltrials.gov/study/${id}`,
    historyUrl: (id) => `https://clinicaltrials.gov/study/${id}?tab=history`,
    attribution: 'nlm',
    isConfirmed: true,
    isMeasured: true,
    licence: 'https://clinicaltrials.gov/about-site/terms-conditions',
  },
  ctis: {
    name: 'EU Clinical Trials Information System (CTIS)',
    shortName: 'EU registry',
    exampleId: '2024-510663-34-00',
    url: 'https://euclinicaltrials.eu/ctis-public-api',
    paceMs: 1_000,
    recordUrl: (id) => `https://euclinicaltrials.eu/search-for-clinical-trials/?lang=en&EUCT=${id}`,
    attribution: 'ema',
    licence: 'https://www.ema.europa.eu/en/about-us/legal-notice',
    classifies: true,
  },
  isrctn: {
    name: 'ISRCTN registry',
    shortName: 'ISRCTN',
    exampleId: 'ISRCTN15376843',
    url: 'https://www.isrctn.com/api',
    paceMs: 1_000,
    recordUrl: (id) => `https://www.isrctn.com/${id}`,
    attribution: 'cc-by',
    licence: 'https://creativecommons.org/licenses/by/4.0/',
    classifies: true,
  },
} as const satisfies Record<string, RegistryFacts>;

/** The id of a registry. */
export type RegistryId = keyof typeof registries;

/** The ids of all registries. */
export const registryIds = Object.keys(registries) as RegistryId[];

/** A trial number of every registry, for messages: "such as …". */
export const exampleIds = registryIds.map((id) => registries[id].exampleId).join(' or ');

/** The registry that a command reads if none is named. */
export const defaultRegistry: RegistryId = 'ctgov';

/** The facts about a registry; undefined if this program does not know it. */
export function registryFacts(id: string): RegistryFacts | undefined {
  return (registries as Record<string, RegistryFacts>)[id];
}

/** The name that people use for a registry; its id if it is unknown. */
export function registryName(id: string): string {
  return registryFacts(id)?.name ?? id;
}
