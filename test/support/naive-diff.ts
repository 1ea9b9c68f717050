type Json = unknown;

/** The paths of each facet in a raw record. Shares no code with the product, which is checked against it. */
const paths: Record<string, string[]> = {
  status: ['statusModule.overallStatus', 'statusModule.whyStopped'],
  sites: ['contactsLocationsModule.locations'],
  dates: [
    'statusModule.startDateStruct',
    'statusModule.primaryCompletionDateStruct',
    'statusModule.completionDateStruct',
  ],
  results: [
    'statusModule.resultsFirstPostDateStruct',
    '^annotationSection.annotationModule.unpostedAnnotation',
    '^derivedSection.miscInfoModule.submissionTracking',
    '^resultsSection',
    'statusModule.dispFirstPostDateStruct',
    'statusModule.delayedPosting',
    'oversightModule.fdaaa801Violation',
    '^annotationSection.annotationModule.violationAnnotation',
  ],
  'expanded-access': ['statusModule.expandedAccessInfo'],
  enrollment: ['designModule.enrollmentInfo'],
  eligibility: [
    'eligibilityModule.eligibilityCriteria',
    'eligibilityModule.minimumAge',
    'eligibilityModule.maximumAge',
    'eligibilityModule.sex',
    'eligibilityModule.healthyVolunteers',
    'eligibilityModule.genderBased',
    'eligibilityModule.genderDescription',
    'eligibilityModule.studyPopulation',
  ],
  design: [
    'designModule.studyType',
    'designModule.phases',
    'designModule.designInfo.allocation',
    'designModule.designInfo.interventionModel',
    'designModule.designInfo.maskingInfo.masking',
    'designModule.designInfo.primaryPurpose',
    'designModule.designInfo.observationalModel',
    'designModule.designInfo.timePerspective',
  ],
  title: [
    'identificationModule.briefTitle',
    'identificationModule.officialTitle',
    'identificationModule.acronym',
  ],
  sponsor: ['sponsorCollaboratorsModule.leadSponsor', 'sponsorCollaboratorsModule.collaborators'],
  conditions: ['conditionsModule.conditions', 'conditionsModule.keywords'],
  interventions: ['armsInterventionsModule.armGroups', 'armsInterventionsModule.interventions'],
  outcomes: [
    'outcomesModule.primaryOutcomes',
    'outcomesModule.secondaryOutcomes',
    'outcomesModule.otherOutcomes',
  ],
  contacts: ['contactsLocationsModule.centralContacts', 'contactsLocationsModule.overallOfficials'],
  description: ['descriptionModule.briefSummary', 'descriptionModule.detailedDescription'],
  documents: ['^documentSection.largeDocumentModule.largeDocs'],
  'data-sharing': ['ipdSharingStatementModule'],
  identifiers: ['identificationModule.secondaryIdInfos'],
};

/** The facets in which two raw records differ in any way, path by path. */
export function naiveFacets(before: Json, after: Json): string[] {
  return Object.entries(paths)
    .filter(([, list]) => list.some((path) => dump(at(before, path)) !== dump(at(after, path))))
    .map(([facet]) => facet)
    .sort();
}

function at(record: Json, path: string): Json {
  const full = path.startsWith('^') ? path.slice(1) : `protocolSection.${path}`;
  let value: Json = record;
  for (const key of full.split('.')) value = (value as Record<string, Json> | undefined)?.[key];
  return value;
}

function dump(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(dump).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '-';
  return `{${Object.entries(value)
    .map(([key, inner]) => `${key}:${dump(inner)}`)
    .sort()
    .join()}}`;
}
