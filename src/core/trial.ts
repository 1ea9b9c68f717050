/** An instant as `Date#toISOString` writes it (UTC, milliseconds, `Z`). Such strings sort by time. */
export type Instant = string;

/** A calendar day, `yyyy-MM-dd`. */
export type Day = string;

/**
 * The status of a trial in our terms: the codes of ClinicalTrials.gov (API 2.0.5, enum `Status`). Adapters of other
 * registries translate into them and keep the registry's own word.
 */
export const trialStatuses = [
  'ACTIVE_NOT_RECRUITING',
  'COMPLETED',
  'ENROLLING_BY_INVITATION',
  'NOT_YET_RECRUITING',
  'RECRUITING',
  'SUSPENDED',
  'TERMINATED',
  'WITHDRAWN',
  'AVAILABLE',
  'NO_LONGER_AVAILABLE',
  'TEMPORARILY_NOT_AVAILABLE',
  'APPROVED_FOR_MARKETING',
  'WITHHELD',
  'UNKNOWN',
] as const;
/** An overall status. */
export type TrialStatus = (typeof trialStatuses)[number];

/** The status of a site: its codes of ClinicalTrials.gov (API 2.0.5, enum `RecruitmentStatus`). */
export const siteStatuses = [
  'ACTIVE_NOT_RECRUITING',
  'COMPLETED',
  'ENROLLING_BY_INVITATION',
  'NOT_YET_RECRUITING',
  'RECRUITING',
  'SUSPENDED',
  'TERMINATED',
  'WITHDRAWN',
  'AVAILABLE',
] as const;
/** A status of a site. */
export type SiteStatus = (typeof siteStatuses)[number];

/** What a status rests on: the registry states it, it follows from dates, or from the countries. */
export const statusBases = ['stated', 'dates', 'countries'] as const;
/** A ground of a status. */
export type StatusBasis = (typeof statusBases)[number];

/** A registry date that may lack its day or its month. `precision` tells the length of `date`. */
export type PartialDate = {
  date: string;
  precision: 'year' | 'month' | 'day';
  type: 'ACTUAL' | 'ESTIMATED' | null;
};

/**
 * A place where a trial is conducted. The registry gives sites no id: `ref` is ours, kept by pairing, null
 * before it.
 */
export type Site = {
  ref: number | null;
  facility: string;
  status: SiteStatus | null;
  city: string;
  state: string;
  zip: string;
  country: string;
  lat: number | null;
  lon: number | null;
  /** The registry's own lasting id of the organisation; null if it gives none. */
  orgId: string | null;
  /** The part of the organisation; empty if the registry does not name it. */
  department: string;
  /** Hashes of the contacts at this site, never their values. */
  contacts: string[];
};

/** A country in which a registry authorises or lists the trial. */
export type TrialCountry = {
  /** ISO 3166-1 alpha-2, upper case. */
  code: string;
  /** Our English short name (`core/countries.ts`). */
  name: string;
  status: TrialStatus | null;
  /** The registry's own word, such as "Ongoing, recruiting"; null if it gives none. */
  listedAs: string | null;
  startDate: PartialDate | null;
  recruitmentStart: PartialDate | null;
  recruitmentEnd: PartialDate | null;
};
/** A group of ages as a registry names it, in whole years; null is no limit. */
export type AgeGroup = { from: number | null; to: number | null };
/** A title in another language than the record's texts, by its BCP 47 code. */
export type TranslatedTitle = { language: string; text: string };
/** How much of the results a registry holds that says so without a day. */
export type ResultsState = 'none' | 'partial' | 'posted';

/** A MeSH heading: descriptor (`D…`) or supplementary concept (`C…`), without zero padding. */
export type Concept = { id: string; term: string };

/** The number of participants, planned or actual. */
export type Enrollment = { count: number; type: 'ACTUAL' | 'ESTIMATED' | null };
/** An organisation that is responsible for a trial. */
export type Sponsor = { name: string; class: string | null };
/** A group of participants. */
export type Arm = { label: string; type: string | null; description: string };
/** A treatment or procedure under test. */
export type Intervention = { type: string | null; name: string; description: string };
/** A measured outcome. */
export type Outcome = {
  kind: 'primary' | 'secondary' | 'other';
  measure: string;
  timeFrame: string;
  description: string;
};
/** The expanded access record that a trial's record names. */
export type LinkedAccess = { id: string; status: TrialStatus | null };
/** A step of the U.S. FDA about a violation of its rules for registration and results (FDAAA 801). */
export type ViolationNotice = { type: string | null; description: string; on: Day | null };
/** A published paper with results of a trial. Its citation includes the authors. */
export type Paper = { pmid: string | null; citation: string };
/** A retracted paper, and where the retraction was announced. */
export type Retraction = { pmid: string | null; citation: string; notices: string[] };
/** A document that the registry holds: protocol, analysis plan, consent form. */
export type StudyDocument = { name: string; date: string | null };
/** Whether and how data of individual participants is shared. */
export type DataSharing = {
  plan: string | null;
  description: string;
  kinds: string[];
  timeFrame: string;
  access: string;
  url: string;
};
/** Another number of a trial. */
export type SecondaryId = { id: string; type: string | null };

/**
 * One version of one trial's registry record in our terms, normalised on reading (text in NFC without
 * entities, control or bidirectional characters; codes in upper case). It contains no personal data: contacts
 * and officials are hashes.
 */
export type Trial = {
  registry: string;
  id: string;
  /** Obsolete ids of the same trial. */
  aliases: string[];
  secondaryIds: SecondaryId[];
  title: string;
  /** Titles in other languages; never compared. */
  titles: TranslatedTitle[];
  /** The language of the record's texts, a BCP 47 code. */
  language: string;
  officialTitle: string | null;
  acronym: string | null;
  status: TrialStatus;
  statusBasis: StatusBasis;
  /** The registry's own word for the status, such as "Authorised, recruiting"; null if ours is its own. */
  registryStatus: string | null;
  /** The status before it became UNKNOWN. */
  lastKnownStatus: TrialStatus | null;
  whyStopped: string | null;
  /** When the sponsor last confirmed the record, `yyyy-MM` or `yyyy-MM-dd`; null also for a registry without that. */
  verifiedOn: string | null;
  /** The countries of a registry that tells of each; by code. Empty for one that does not. */
  countries: TrialCountry[];
  startDate: PartialDate | null;
  recruitmentStart: PartialDate | null;
  recruitmentEnd: PartialDate | null;
  primaryCompletionDate: PartialDate | null;
  completionDate: PartialDate | null;
  firstPostedOn: Day | null;
  lastUpdatePostedOn: Day | null;
  resultsPostedOn: Day | null;
  /** How much of the results is posted; null if the registry says it by days instead. */
  resultsState: ResultsState | null;
  /** The newest submission of results that awaits the registry's review. */
  resultsSubmittedOn: Day | null;
  /** The day when a certified delay of results, or a request for more time, was posted. */
  resultsDelayedOn: Day | null;
  /** The registry marks the record's posting as delayed. */
  postingDelayed: boolean | null;
  violations: ViolationNotice[];
  hasViolation: boolean | null;
  /** Papers that the sponsor lists as results. */
  papers: Paper[];
  retractions: Retraction[];
  documents: StudyDocument[];
  dataSharing: DataSharing | null;
  /** Hash of the results tables, if they were requested; the tables are never stored. */
  resultsHash: string | null;
  hasExpandedAccess: boolean | null;
  linkedAccess: LinkedAccess | null;
  studyType: string | null;
  phases: string[];
  allocation: string | null;
  interventionModel: string | null;
  masking: string | null;
  primaryPurpose: string | null;
  observationalModel: string | null;
  timePerspective: string | null;
  enrollment: Enrollment | null;
  sponsor: Sponsor | null;
  collaborators: Sponsor[];
  /** The registrant's own words, in the registrant's order. */
  conditions: string[];
  keywords: string[];
  meshes: Concept[];
  ancestors: Concept[];
  criteria: string;
  minimumAge: string | null;
  maximumAge: string | null;
  /** The groups of ages; empty if the record states limits. */
  ageGroups: AgeGroup[];
  sex: string | null;
  healthyVolunteers: boolean | null;
  /** Whether gender, beside sex, decides who can take part. */
  genderBased: boolean | null;
  genderDescription: string | null;
  /** For an observational study: the population of its participants. */
  studyPopulation: string;
  summary: string;
  description: string;
  arms: Arm[];
  interventions: Intervention[];
  outcomes: Outcome[];
  /** Hashes of the central contacts and of the officials, never their values. */
  contacts: string[];
  sites: Site[];
  /**
   * Fields that this read did not request, or that the record withholds: their values mean nothing and are
   * not compared.
   */
  unread: TrialField[];
};

/** A field of a trial that is tracked and compared. */
export type TrialField = Exclude<
  keyof Trial,
  'registry' | 'id' | 'unread' | 'verifiedOn' | 'lastUpdatePostedOn'
>;

/**
 * A person's contact details in the newest version of a record. Stored apart from `Trial`, never in history.
 */
export type Contact = {
  hash: string;
  name: string;
  role: string | null;
  phone: string | null;
  phoneExt: string | null;
  email: string | null;
  affiliation: string | null;
};
