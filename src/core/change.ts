import type { PartialDate, Site, Trial, TrialField, TrialStatus } from './trial.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A kind of change, as readers choose it. */
type FacetFacts = {
  /** The fields that show it in mails or that matching reads: while it is held they keep their values from before. */
  fields: readonly TrialField[];
  /** Its other fields, and those that the registry derives from them. */
  otherFields?: readonly TrialField[];
  /** Fields of another facet that show it too. */
  shownIn?: readonly TrialField[];
  /** The weight of its changes, unless `weights` has a particular row. */
  weight?: number;
  /** Its usual share of a run's changed trials, measured on 58 real updates. */
  usualShare?: number;
};

/** Every facet, in the order of lists. Its names are `facets.json` in `templates/messages`. */
export const facetTable = {
  status: { fields: ['status', 'lastKnownStatus', 'whyStopped'], usualShare: 0.14 },
  sites: { fields: ['sites'], weight: 40, usualShare: 0.66 },
  dates: {
    fields: ['startDate', 'primaryCompletionDate', 'completionDate'],
    weight: 50,
    usualShare: 0.29,
  },
  results: {
    fields: [
      'resultsPostedOn',
      'resultsSubmittedOn',
      'resultsHash',
      'resultsDelayedOn',
      'postingDelayed',
      'violations',
      'hasViolation',
      'papers',
      'retractions',
    ],
    weight: 65,
  },
  'expanded-access': {
    fields: ['hasExpandedAccess', 'linkedAccess'],
    shownIn: ['status', 'lastKnownStatus'],
    weight: 98,
  },
  registration: { fields: [], otherFields: ['firstPostedOn'], weight: 94 },
  enrollment: { fields: ['enrollment'], weight: 30, usualShare: 0.12 },
  eligibility: {
    fields: [
      'criteria',
      'minimumAge',
      'maximumAge',
      'sex',
      'healthyVolunteers',
      'genderBased',
      'genderDescription',
      'studyPopulation',
    ],
    weight: 25,
    usualShare: 0.07,
  },
  design: {
    fields: ['studyType', 'phases'],
    otherFields: [
      'allocation',
      'interventionModel',
      'masking',
      'primaryPurpose',
      'observationalModel',
      'timePerspective',
    ],
    weight: 24,
  },
  title: { fields: ['title', 'officialTitle', 'acronym'], weight: 20 },
  sponsor: { fields: ['sponsor', 'collaborators'], weight: 19 },
  conditions: { fields: ['conditions', 'keywords'], otherFields: ['meshes', 'ancestors'], weight: 23 },
  interventions: { fields: [], otherFields: ['interventions', 'arms'], weight: 22 },
  outcomes: { fields: [], otherFields: ['outcomes'], weight: 21 },
  contacts: { fields: [], otherFields: ['contacts'], weight: 18 },
  description: { fields: [], otherFields: ['summary', 'description'] },
  documents: { fields: ['documents'], weight: 17 },
  'data-sharing': { fields: ['dataSharing'], weight: 16 },
  identifiers: { fields: [], otherFields: ['aliases', 'secondaryIds'] },
} as const satisfies Record<string, FacetFacts>;

export type Facet = keyof typeof facetTable;
export const facets = Object.keys(facetTable) as [Facet, ...Facet[]];

/** What is known of a facet. */
export function facetFacts(facet: Facet): FacetFacts {
  return facetTable[facet];
}

const facetsByField = new Map(
  facets.flatMap((facet) => {
    const { fields, otherFields = [] } = facetFacts(facet);
    return [...fields, ...otherFields].map((field) => [field, facet] as const);
  }),
);

/** The facet of a field; each has one. */
export function facetOf(field: TrialField): Facet {
  const facet = facetsByField.get(field);
  if (!facet) throw new Error(`the field ${field} has no facet`);
  return facet;
}

/** The site a change speaks of. `ref` is our own number for it within its trial, null when there is no history. */
export type ChangedSite = Pick<Site, 'ref' | 'facility' | 'city' | 'state' | 'country' | 'lat' | 'lon'>;

/** Something a person may want to hear: a typed value from which sentence, order, page and feed follow. */
export type Change = {
  facet: Facet;
  kind: string;
  before: Json;
  after: Json;
  site?: ChangedSite;
  /** The sponsor's own words, beside a status that came with a reason. */
  whyStopped?: string;
  /** Beside a status that was or became UNKNOWN: the last known one, null where the record gives none. */
  lastKnownStatus?: TrialStatus | null;
  /** Likewise: when the sponsor had last confirmed the record, `yyyy-MM` or `yyyy-MM-dd`; null where it does not say. */
  verifiedOn?: string | null;
  /** Beside an expanded access: the number of its own record. */
  record?: string;
  /** `sites-status`: how many sites the line stands for; `before` and `after` are the commonest of them. */
  count?: number;
  /** `sites-status`, when not all of them went the same way: how many sites now have each status (`none` without). */
  statuses?: { [status: string]: number };
  /** A date that cannot be right, so that nobody counts months from it. */
  implausible?: DateFault;
};

/** What is wrong with a date: before 1940, after 2080, or a completion before the start. */
export type DateFault = 'too-early' | 'too-late' | 'before-start';

/** `told`: a change of its own. `folded`: into a weightier line. `silent`: kept in history alone. */
export type Fate = 'told' | 'folded' | 'silent';

/** What an edit means for a person. */
export type Judgement = { fate: Fate; reason: string; change: Change | null };

/** One step from one version of a trial to the next. All edits together turn the old trial into the new one. */
export type Edit = Judgement &
  (
    | { field: Exclude<TrialField, 'sites'>; before: unknown; after: unknown }
    | { field: 'sites'; before: Site | null; after: Site | null; pairing: string }
  );

/** What comparing two versions of one trial yields. */
export type Comparison = {
  edits: Edit[];
  /** The told changes, weightiest first. */
  changes: Change[];
  /** The new version with its sites' refs carried over from the old one, new sites numbered on. */
  after: Trial;
};

export type DateValue = PartialDate | null;
