import type { TrialField } from '../../core/trial.ts';

const identification = 'protocolSection.identificationModule';
const status = 'protocolSection.statusModule';
const sponsor = 'protocolSection.sponsorCollaboratorsModule';
const description = 'protocolSection.descriptionModule';
const conditions = 'protocolSection.conditionsModule';
const design = 'protocolSection.designModule';
const arms = 'protocolSection.armsInterventionsModule';
const outcomes = 'protocolSection.outcomesModule';
const eligibility = 'protocolSection.eligibilityModule';
const places = 'protocolSection.contactsLocationsModule';
const oversight = 'protocolSection.oversightModule';
const references = 'protocolSection.referencesModule.references';
const browse = 'derivedSection.conditionBrowseModule';

/**
 * The pieces of a record from which each tracked field is read. A field is compared only if all of its pieces
 * were requested (C8).
 */
export const piecesOf: Record<TrialField, string[]> = {
  aliases: [`${identification}.nctIdAliases`],
  secondaryIds: [`${identification}.orgStudyIdInfo`, `${identification}.secondaryIdInfos`],
  title: [`${identification}.briefTitle`],
  officialTitle: [`${identification}.officialTitle`],
  acronym: [`${identification}.acronym`],
  status: [`${status}.overallStatus`],
  lastKnownStatus: [`${status}.lastKnownStatus`],
  whyStopped: [`${status}.whyStopped`],
  startDate: [`${status}.startDateStruct`],
  primaryCompletionDate: [`${status}.primaryCompletionDateStruct`],
  completionDate: [`${status}.completionDateStruct`],
  firstPostedOn: [`${status}.studyFirstPostDateStruct`],
  resultsPostedOn: [`${status}.resultsFirstPostDateStruct`],
  resultsSubmittedOn: [
    'annotationSection.annotationModule.unpostedAnnotation',
    'derivedSection.miscInfoModule.submissionTracking',
    `${status}.resultsFirstPostDateStruct`,
  ],
  resultsHash: ['resultsSection'],
  resultsDelayedOn: [`${status}.dispFirstPostDateStruct`],
  postingDelayed: [`${status}.delayedPosting`],
  violations: ['annotationSection.annotationModule.violationAnnotation'],
  hasViolation: [`${oversight}.fdaaa801Violation`],
  papers: [references],
  retractions: [references],
  documents: ['documentSection.largeDocumentModule.largeDocs'],
  dataSharing: ['protocolSection.ipdSharingStatementModule'],
  hasExpandedAccess: [`${status}.expandedAccessInfo`],
  linkedAccess: [`${status}.expandedAccessInfo`],
  studyType: [`${design}.studyType`],
  phases: [`${design}.phases`],
  allocation: [`${design}.designInfo.allocation`],
  interventionModel: [`${design}.designInfo.interventionModel`],
  masking: [`${design}.designInfo.maskingInfo.masking`],
  primaryPurpose: [`${design}.designInfo.primaryPurpose`],
  observationalModel: [`${design}.designInfo.observationalModel`],
  timePerspective: [`${design}.designInfo.timePerspective`],
  enrollment: [`${design}.enrollmentInfo`],
  sponsor: [`${sponsor}.leadSponsor`],
  collaborators: [`${sponsor}.collaborators`],
  conditions: [`${conditions}.conditions`],
  keywords: [`${conditions}.keywords`],
  meshes: [`${browse}.meshes`],
  ancestors: [`${browse}.ancestors`],
  criteria: [`${eligibility}.eligibilityCriteria`],
  minimumAge: [`${eligibility}.minimumAge`],
  maximumAge: [`${eligibility}.maximumAge`],
  sex: [`${eligibility}.sex`],
  healthyVolunteers: [`${eligibility}.healthyVolunteers`],
  genderBased: [`${eligibility}.genderBased`],
  genderDescription: [`${eligibility}.genderDescription`],
  studyPopulation: [`${eligibility}.studyPopulation`],
  summary: [`${description}.briefSummary`],
  description: [`${description}.detailedDescription`],
  arms: [`${arms}.armGroups`],
  interventions: [`${arms}.interventions`],
  outcomes: [outcomes],
  contacts: [`${places}.centralContacts`, `${places}.overallOfficials`],
  sites: [`${places}.locations`],
  // This registry has nothing of these.
  statusBasis: [],
  registryStatus: [],
  countries: [],
  recruitmentStart: [],
  recruitmentEnd: [],
  resultsState: [],
  ageGroups: [],
  titles: [],
  language: [],
};

/** Every tracked field, in the order of `piecesOf`. */
export const trackedFields = Object.keys(piecesOf) as TrialField[];

/**
 * The pieces to request: all tracked ones, but no results tables. Those would make a record ten times as
 * large, and a date shows that they were posted.
 */
export const fields: string[] = [
  `${identification}.nctId`,
  `${status}.statusVerifiedDate`,
  `${status}.lastUpdatePostDateStruct`,
  ...new Set(Object.values(piecesOf).flat()),
].filter((piece) => piece !== 'resultsSection');

/**
 * The modules that every record has. A record without one of them is incomplete and cannot be trusted (C8).
 */
export const requiredModules = {
  identification,
  status,
  sponsor,
  description,
  conditions,
  design,
  eligibility,
};

/** What a read of certain pieces covers. */
export type Scope = {
  /** The fields that it does not cover. */
  unread: TrialField[];
  /** The modules that must be present, by their names in words and in the protocol section. */
  required: { name: string; key: string }[];
};

const scopes = new Map<string, Scope>();
let latest: { asked: string[] | null; scope: Scope } | null = null;

/**
 * The scope of a read; `asked` null means a full record. Cached per list of pieces, of which a program meets
 * only a few.
 */
export function scopeOf(asked: string[] | null): Scope {
  if (latest?.asked === asked) return latest.scope;
  const key = asked === null ? '*' : asked.join();
  const scope = scopes.get(key) ?? makeScope(asked);
  scopes.set(key, scope);
  latest = { asked, scope };
  return scope;
}

function makeScope(asked: string[] | null): Scope {
  const isWhole = (piece: string) =>
    asked === null || asked.some((name) => piece === name || piece.startsWith(`${name}.`));
  const isTouched = (piece: string) =>
    isWhole(piece) || (asked ?? []).some((name) => name.startsWith(`${piece}.`));
  return {
    unread: trackedFields.filter((field) => !piecesOf[field].every(isWhole)),
    required: Object.entries(requiredModules)
      .filter(([, path]) => isTouched(path))
      .map(([name, path]) => ({ name, key: path.slice('protocolSection.'.length) })),
  };
}
