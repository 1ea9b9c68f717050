import type {
  Day,
  PartialDate,
  Site,
  StatusBasis,
  Trial,
  TrialCountry,
  TrialField,
  TrialStatus,
} from './trial.ts';

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The facts about a facet, a kind of change that readers choose. */
type FacetFacts = {
  /**
   * The fields that show it in mails or that matching reads. While the facet is held, these keep their
   * earlier values.
   */
  fields: readonly TrialField[];
  /** Its other fields, and those that the registry derives from them. */
  otherFields?: readonly TrialField[];
  /** Fields of another facet that show it too. */
  shownIn?: readonly TrialField[];
  /** The weight of its changes, unless `weights` has a more specific row. */
  weight?: number;
  /** Its usual share of a run's changed trials, measured on 58 real updates. */
  usualShare?: number;
};

/** Every facet, in the order of lists. `facets.json` in `templates/messages` has their names. */
export const facetTable = {
  status: {
    fields: ['status', 'lastKnownStatus', 'whyStopped'],
    otherFields: ['statusBasis', 'registryStatus'],
    usualShare: 0.14,
  },
  sites: { fields: ['sites'], weight: 40, usualShare: 0.66 },
  countries: { fields: ['countries'], weight: 45 },
  dates: {
    fields: ['startDate', 'recruitmentStart', 'recruitmentEnd', 'primaryCompletionDate', 'completionDate'],
    weight: 50,
    usualShare: 0.29,
  },
  results: {
    fields: [
      'resultsPostedOn',
      'resultsState',
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
      'ageGroups',
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
  title: { fields: ['title', 'officialTitle', 'acronym'], otherFields: ['titles', 'language'], weight: 20 },
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

/** The name of a facet. */
export type Facet = keyof typeof facetTable;
/** The names of all facets, in the order of lists. */
export const facets = Object.keys(facetTable) as [Facet, ...Facet[]];

/** The facets whose changes are events; those of the others are mostly new words of a record. */
export const majorFacets: readonly Facet[] = [
  'status',
  'sites',
  'countries',
  'dates',
  'results',
  'expanded-access',
  'registration',
  'enrollment',
];

/** The facts about a facet. */
export function facetFacts(facet: Facet): FacetFacts {
  return facetTable[facet];
}

const facetsByField = new Map(
  facets.flatMap((facet) => {
    const { fields, otherFields = [] } = facetFacts(facet);
    return [...fields, ...otherFields].map((field) => [field, facet] as const);
  }),
);

/** The facet of a field. Each field has one. */
export function facetOf(field: TrialField): Facet {
  const facet = facetsByField.get(field);
  if (!facet) throw new Error(`the field ${field} has no facet`);
  return facet;
}

/**
 * The site that a change concerns. `ref` is our number for it within its trial; null if there is no history.
 */
export type ChangedSite = Pick<Site, 'ref' | 'facility' | 'city' | 'state' | 'country' | 'lat' | 'lon'>;

/**
 * A change that a person may want to hear of. Sentence, order, page and feed are derived from its typed
 * values.
 */
export type Change = {
  facet: Facet;
  kind: string;
  before: Json;
  after: Json;
  site?: ChangedSite;
  /** The country that the change concerns, by our English short name. */
  country?: string;
  /** Beside a status that rests on more than the registry's statement: its ground. */
  basis?: StatusBasis;
  /** Beside a status that rests on countries: the registry's own word for it, such as "Not authorised". */
  listedAs?: string;
  /** Beside a status that rests on dates: the day that made it, as far as given, and the record's last edit. */
  dated?: { on: string; editedOn: Day | null };
  /** The status before a turn of the calendar some days ago is back, because the record's dates were moved. */
  undoes?: true;
  /** The sponsor's own words for the reason of a new status. */
  whyStopped?: string;
  /**
   * Beside a status that was or became UNKNOWN: the last known status, null if the record does not give it.
   */
  lastKnownStatus?: TrialStatus | null;
  /**
   * Likewise: the month or day on which the sponsor last confirmed the record, `yyyy-MM` or `yyyy-MM-dd`;
   * null if not given.
   */
  verifiedOn?: string | null;
  /** Beside an expanded access: the number of its record. */
  record?: string;
  /**
   * `sites-status`: the number of sites that the change covers. `before` and `after` are their most common
   * values.
   */
  count?: number;
  /** `sites-status` with different outcomes: the number of sites by present status (`none` for no status). */
  statuses?: { [status: string]: number };
  /** The fault of a date that cannot be right, so that nobody counts months from it. */
  implausible?: DateFault;
};

/**
 * The value of a change of `countries`: our status, and the registry's own word, such as "Ongoing,
 * recruiting".
 */
export type CountryListing = { status: TrialStatus | null; listedAs: string | null };

/** The status in a value of a change: the value itself, or that of a country's listing; else null. */
export function statusIn(value: Json): string | null {
  const status = typeof value === 'object' && value !== null && !Array.isArray(value) ? value.status : value;
  return typeof status === 'string' ? status : null;
}

/** The fault of a date: before 1940, after 2080, or a completion before the start. */
export type DateFault = 'too-early' | 'too-late' | 'before-start';

/** `told`: a change of its own. `folded`: part of a weightier change. `silent`: only kept in history. */
export type Fate = 'told' | 'folded' | 'silent';

/** The significance of an edit for readers. */
export type Judgement = { fate: Fate; reason: string; change: Change | null };

/**
 * One difference between two versions of a trial. All edits together turn the old version into the new one.
 */
export type Edit = Judgement &
  (
    | { field: Exclude<TrialField, 'sites' | 'countries'>; before: unknown; after: unknown }
    | { field: 'countries'; before: TrialCountry | null; after: TrialCountry | null }
    | { field: 'sites'; before: Site | null; after: Site | null; pairing: string }
  );

/** The result of comparing two versions of one trial. */
export type Comparison = {
  edits: Edit[];
  /** The changes to report, in descending order of weight. */
  changes: Change[];
  /** The new version. Its sites keep the old version's numbers; new sites get the next ones. */
  after: Trial;
};

/** A date with its type, or null. */
export type DateValue = PartialDate | null;
