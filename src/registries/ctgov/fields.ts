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
const browse = 'derivedSection.conditionBrowseModule';

/** From which pieces of a record each tracked field is read. Only a field all of whose pieces were asked for is compared (C8). */
export const piecesOf: Record<TrialField, string[]> = {
  aliases: [`${identification}.nctIdAliases`],
  secondaryIds: [`${identification}.secondaryIdInfos`],
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
  hasExpandedAccess: [`${status}.expandedAccessInfo`],
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
  summary: [`${description}.briefSummary`],
  description: [`${description}.detailedDescription`],
  arms: [`${arms}.armGroups`],
  interventions: [`${arms}.interventions`],
  outcomes: [outcomes],
  contacts: [`${places}.centralContacts`, `${places}.overallOfficials`],
  sites: [`${places}.locations`],
};

/** Every tracked field, in the table's order. */
export const trackedFields = Object.keys(piecesOf) as TrialField[];

/**
 * The pieces asked of the registry: all that is tracked, but no results tables, which make a record ten times as large
 * and whose posting shows in a date.
 */
export const fields: string[] = [
  `${identification}.nctId`,
  `${status}.statusVerifiedDate`,
  `${status}.lastUpdatePostDateStruct`,
  ...new Set(Object.values(piecesOf).flat()),
].filter((piece) => piece !== 'resultsSection');

/** The modules that every record has: one without them is thin and not to be trusted (C8). */
export const requiredModules = {
  identification,
  status,
  sponsor,
  description,
  conditions,
  design,
  eligibility,
};

/** Whether everything under `piece` was asked for; null means a full record. */
export function isAskedFor(piece: string, asked: string[] | null): boolean {
  return asked === null || asked.some((name) => piece === name || piece.startsWith(`${name}.`));
}

/** Whether anything under `piece` was asked for. */
export function isTouched(piece: string, asked: string[] | null): boolean {
  return isAskedFor(piece, asked) || (asked?.some((name) => name.startsWith(`${piece}.`)) ?? true);
}
