/** An instant as `Date#toISOString` writes it (UTC, milliseconds, `Z`): such strings sort by time. */
export type Instant = string;

/** A calendar day, `yyyy-MM-dd`. */
export type Day = string;

/** Recruitment status codes of ClinicalTrials.gov (API 2.0.5, enum `Status`). */
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
export type TrialStatus = (typeof trialStatuses)[number];

/** Site status codes of ClinicalTrials.gov (API 2.0.5, enum `RecruitmentStatus`). */
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
export type SiteStatus = (typeof siteStatuses)[number];

/** A registry date that may lack its day or its month. `date` is as long as `precision` says. */
export type PartialDate = {
  date: string;
  precision: 'year' | 'month' | 'day';
  type: 'ACTUAL' | 'ESTIMATED' | null;
};

/** Where a trial takes place. The registry gives sites no id: `ref` is ours, carried on by pairing, null before it. */
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
  /** Hashes of the contacts at this site, never their values. */
  contacts: string[];
};

/** A MeSH heading: descriptor (`D…`) or supplementary concept (`C…`), zero padding removed. */
export type Concept = { id: string; term: string };

export type Enrollment = { count: number; type: 'ACTUAL' | 'ESTIMATED' | null };
export type Sponsor = { name: string; class: string | null };
export type Arm = { label: string; type: string | null; description: string };
export type Intervention = { type: string | null; name: string; description: string };
export type Outcome = {
  kind: 'primary' | 'secondary' | 'other';
  measure: string;
  timeFrame: string;
  description: string;
};
/** The record of an expanded access that a trial's record names. */
export type LinkedAccess = { id: string; status: TrialStatus | null };
/** A step of the U.S. FDA about a violation of its rules for registration and results (FDAAA 801). */
export type ViolationNotice = { type: string | null; description: string; on: Day | null };
/** A published paper with results of a trial. Its citation names authors, as published. */
export type Paper = { pmid: string | null; citation: string };
/** A paper that was retracted, and where that was announced. */
export type Retraction = { pmid: string | null; citation: string; notices: string[] };
/** A document that the registry holds: protocol, analysis plan, consent form. */
export type StudyDocument = { name: string; date: string | null };
/** Whether and how data of single participants are shared. */
export type DataSharing = {
  plan: string | null;
  description: string;
  kinds: string[];
  timeFrame: string;
  access: string;
  url: string;
};
export type SecondaryId = { id: string; type: string | null };

/**
 * One version of one trial's registry record in the field's terms, normalised at the border (text in NFC
 * without entities, control or bidirectional characters; codes in upper case). Nothing here is personal:
 * contacts and officials are hashes.
 */
export type Trial = {
  registry: string;
  id: string;
  /** Obsolete ids of the same trial. */
  aliases: string[];
  secondaryIds: SecondaryId[];
  title: string;
  officialTitle: string | null;
  acronym: string | null;
  status: TrialStatus;
  /** The status before it became UNKNOWN. */
  lastKnownStatus: TrialStatus | null;
  whyStopped: string | null;
  /** When the sponsor last confirmed the record, `yyyy-MM` or `yyyy-MM-dd`. */
  verifiedOn: string | null;
  startDate: PartialDate | null;
  primaryCompletionDate: PartialDate | null;
  completionDate: PartialDate | null;
  firstPostedOn: Day | null;
  lastUpdatePostedOn: Day | null;
  resultsPostedOn: Day | null;
  /** Newest submission of results that waits for the registry's review. */
  resultsSubmittedOn: Day | null;
  /** When a certified delay of results, or a request for more time, was posted. */
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
  /** Hash of the results tables when the read asked for them; they are never kept themselves. */
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
  sex: string | null;
  healthyVolunteers: boolean | null;
  /** Gender, beside sex, decides who can take part. */
  genderBased: boolean | null;
  genderDescription: string | null;
  /** Of an observational study: from whom its participants are drawn. */
  studyPopulation: string;
  summary: string;
  description: string;
  arms: Arm[];
  interventions: Intervention[];
  outcomes: Outcome[];
  /** Hashes of the central contacts and of the officials, never their values. */
  contacts: string[];
  sites: Site[];
  /** Fields this read did not ask for (or the record withholds): their values mean nothing and are not compared. */
  unread: TrialField[];
};

/** A field of a trial that is tracked and compared. */
export type TrialField = Exclude<
  keyof Trial,
  'registry' | 'id' | 'unread' | 'verifiedOn' | 'lastUpdatePostedOn'
>;

/** A person's contact details in the newest version of a record. Kept apart from `Trial`, never in history. */
export type Contact = {
  hash: string;
  name: string;
  role: string | null;
  phone: string | null;
  phoneExt: string | null;
  email: string | null;
  affiliation: string | null;
};
