import type { Concept, Contact, Trial } from '../../core/trial.ts';
import type { BadRecord, RegistryRecord } from '../adapter.ts';
import { describeFault, type FaultWords } from '../record-fault.ts';
import { phaseCodes } from './codes.ts';
import { type Scope, scopeOf, trackedFields } from './fields.ts';
import {
  readDocuments,
  readLinkedAccess,
  readPapers,
  readRetractions,
  readSharing,
  readViolations,
} from './linked.ts';
import { readContacts, readSites } from './places.ts';
import { hashResults, readSubmittedOn } from './results.ts';
import { RawStudy } from './schema.ts';

/** The registry's id in code, tables and URLs. */
export const registryId = 'ctgov';

/** Our type for the sponsor's own study number, which the registry stores separately and without a type. */
const sponsorsOwn = 'SPONSOR';

const faultWords: FaultWords = {
  record: 'study record of ClinicalTrials.gov',
  names: { nctId: 'NCT id', nctIdAliases: 'NCT id aliases' },
};

const none = <T>(list: T[] | undefined): T[] => list ?? [];
const orNull = <T>(value: T | undefined): T | null => (value === undefined || value === '' ? null : value);
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Reads a raw record of ClinicalTrials.gov. `asked` are the pieces requested when it was fetched; null means
 * a full record. Never throws: a record that cannot be trusted (C8, C9) is returned with the reason.
 */
export function readRecord(raw: unknown, asked: string[] | null): RegistryRecord {
  const parsed = RawStudy.safeParse(raw);
  if (!parsed.success) return bad(raw, describeFault(parsed.error.issues, raw, faultWords));
  const study = parsed.data;
  const identification = study.protocolSection.identificationModule;
  const status = study.protocolSection.statusModule?.overallStatus;
  if (identification === undefined) return bad(raw, lacks('identification'));
  if (status === undefined) return bad(raw, lacks('status'));
  if (status === 'WITHHELD') return readWithheld(raw, study, identification.nctId);

  const scope = scopeOf(asked);
  const thin = findMissingModule(raw, scope);
  if (thin !== null) return bad(raw, lacks(thin));
  if (!identification.briefTitle && !scope.unread.includes('title')) {
    return bad(raw, 'The record has no title.');
  }
  const contacts = new Map<string, Contact>();
  const trial = toTrial(study, identification.nctId, status, contacts);
  trial.unread = [...scope.unread];
  if (!trial.unread.includes('resultsHash')) {
    // A saved record may lack its results tables, which are most of its bytes: that says nothing about
    // results.
    if (trial.resultsPostedOn !== null && study.resultsSection === undefined)
      trial.unread.push('resultsHash');
    trial.resultsHash = hashResults(study.resultsSection);
  }
  return { ok: true, trial, contacts: [...contacts.values()], raw };
}

function lacks(module: string): string {
  return `The record is thin: it has no ${module} module.`;
}

function bad(raw: unknown, reason: string): BadRecord {
  const study = raw as
    | { protocolSection?: { identificationModule?: { nctId?: unknown } } }
    | null
    | undefined;
  const id = study?.protocolSection?.identificationModule?.nctId;
  const found = typeof id === 'string' ? /^NCT\d{8}$/.exec(id.trim().toUpperCase()) : null;
  return { ok: false, id: found?.[0] ?? null, reason, raw };
}

/** The first requested module that is absent or empty. */
function findMissingModule(raw: unknown, { required }: Scope): string | null {
  const modules = (raw as { protocolSection: Record<string, object | undefined> }).protocolSection;
  const isThere = (module: object | undefined) => module !== undefined && Object.keys(module).length > 0;
  return required.find(({ key }) => !isThere(modules[key]))?.name ?? null;
}

/** Reads a withheld record. It says little beyond its existence: only its status and title count. */
function readWithheld(raw: unknown, study: RawStudy, id: string): RegistryRecord {
  const trial = toTrial(study, id, 'WITHHELD', new Map());
  trial.contacts = [];
  trial.sites = [];
  trial.unread = trackedFields.filter(
    (field) => field !== 'status' && (field !== 'title' || trial.title === ''),
  );
  return { ok: true, trial, contacts: [], raw };
}

/** Reads all fields of a record into a Trial, requested or not. Adds its contacts to `people`. */
function toTrial(
  study: RawStudy,
  id: string,
  overallStatus: Trial['status'],
  people: Map<string, Contact>,
): Trial {
  const section = study.protocolSection;
  const identification = section.identificationModule;
  const status = section.statusModule;
  const sponsors = section.sponsorCollaboratorsModule;
  const design = section.designModule;
  const info = design?.designInfo;
  const eligibility = section.eligibilityModule;
  const arms = section.armsInterventionsModule;
  const outcomes = section.outcomesModule;
  const places = section.contactsLocationsModule;
  const browse = study.derivedSection?.conditionBrowseModule;
  const references = none(section.referencesModule?.references);
  const annotations = study.annotationSection?.annotationModule;
  const resultsPostedOn = orNull(status?.resultsFirstPostDateStruct?.date);
  const enrollment = design?.enrollmentInfo;
  const officials = [...none(places?.centralContacts), ...none(places?.overallOfficials)];
  return {
    registry: registryId,
    id,
    aliases: [...new Set(none(identification?.nctIdAliases))].sort(byText),
    secondaryIds: [
      { id: identification?.orgStudyIdInfo?.id, type: sponsorsOwn },
      ...none(identification?.secondaryIdInfos),
    ]
      .flatMap(({ id: other, type }) => (other ? [{ id: other, type: type ?? null }] : []))
      .sort((a, b) => byText(a.id, b.id) || byText(a.type ?? '', b.type ?? '')),
    title: identification?.briefTitle ?? '',
    titles: [],
    language: 'en',
    officialTitle: orNull(identification?.officialTitle),
    acronym: orNull(identification?.acronym),
    status: overallStatus,
    statusBasis: 'stated',
    registryStatus: null,
    lastKnownStatus: orNull(status?.lastKnownStatus),
    whyStopped: orNull(status?.whyStopped),
    verifiedOn: orNull(status?.statusVerifiedDate),
    countries: [],
    startDate: status?.startDateStruct ?? null,
    recruitmentStart: null,
    recruitmentEnd: null,
    primaryCompletionDate: status?.primaryCompletionDateStruct ?? null,
    completionDate: status?.completionDateStruct ?? null,
    firstPostedOn: orNull(status?.studyFirstPostDateStruct?.date),
    lastUpdatePostedOn: orNull(status?.lastUpdatePostDateStruct?.date),
    resultsPostedOn,
    resultsState: null,
    resultsSubmittedOn: resultsPostedOn === null ? readSubmittedOn(study) : null,
    resultsHash: null,
    resultsDelayedOn: orNull(status?.dispFirstPostDateStruct?.date),
    postingDelayed: orNull(status?.delayedPosting),
    violations: readViolations(none(annotations?.violationAnnotation?.violationEvents)),
    hasViolation: orNull(section.oversightModule?.fdaaa801Violation),
    papers: readPapers(references),
    retractions: readRetractions(references),
    documents: readDocuments(none(study.documentSection?.largeDocumentModule?.largeDocs)),
    dataSharing: readSharing(section.ipdSharingStatementModule),
    hasExpandedAccess: orNull(status?.expandedAccessInfo?.hasExpandedAccess),
    linkedAccess: readLinkedAccess(status?.expandedAccessInfo),
    studyType: orNull(design?.studyType),
    phases: phaseCodes.filter((phase) => design?.phases?.includes(phase)),
    allocation: orNull(info?.allocation),
    interventionModel: orNull(info?.interventionModel),
    masking: orNull(info?.maskingInfo?.masking),
    primaryPurpose: orNull(info?.primaryPurpose),
    observationalModel: orNull(info?.observationalModel),
    timePerspective: orNull(info?.timePerspective),
    enrollment:
      enrollment?.count === undefined ? null : { count: enrollment.count, type: enrollment.type ?? null },
    sponsor: sponsors?.leadSponsor ? toSponsor(sponsors.leadSponsor) : null,
    collaborators: none(sponsors?.collaborators)
      .map(toSponsor)
      .sort((a, b) => byText(a.name, b.name) || byText(a.class ?? '', b.class ?? '')),
    conditions: none(section.conditionsModule?.conditions),
    keywords: none(section.conditionsModule?.keywords),
    meshes: toConcepts(browse?.meshes),
    ancestors: toConcepts(browse?.ancestors),
    criteria: eligibility?.eligibilityCriteria ?? '',
    minimumAge: orNull(eligibility?.minimumAge),
    maximumAge: orNull(eligibility?.maximumAge),
    ageGroups: [],
    sex: orNull(eligibility?.sex),
    healthyVolunteers: orNull(eligibility?.healthyVolunteers),
    genderBased: orNull(eligibility?.genderBased),
    genderDescription: orNull(eligibility?.genderDescription),
    studyPopulation: eligibility?.studyPopulation ?? '',
    summary: section.descriptionModule?.briefSummary ?? '',
    description: section.descriptionModule?.detailedDescription ?? '',
    arms: none(arms?.armGroups).map((arm) => ({
      label: arm.label ?? '',
      type: arm.type ?? null,
      description: arm.description ?? '',
    })),
    interventions: none(arms?.interventions).map((intervention) => ({
      type: intervention.type ?? null,
      name: intervention.name ?? '',
      description: intervention.description ?? '',
    })),
    outcomes: [
      ...toOutcomes('primary', outcomes?.primaryOutcomes),
      ...toOutcomes('secondary', outcomes?.secondaryOutcomes),
      ...toOutcomes('other', outcomes?.otherOutcomes),
    ],
    contacts: readContacts(id, officials, people),
    sites: readSites(id, none(places?.locations), people),
    unread: [],
  };
}

const toSponsor = (sponsor: { name: string; class?: string | undefined }) => ({
  name: sponsor.name,
  class: sponsor.class ?? null,
});

function toConcepts(meshes: { id: string; term?: string | undefined }[] | undefined): Concept[] {
  const byId = new Map(none(meshes).map(({ id, term }) => [id, { id, term: term ?? '' }]));
  return [...byId.values()].sort((a, b) => byText(a.id, b.id));
}

function toOutcomes(
  kind: Trial['outcomes'][number]['kind'],
  outcomes:
    | {
        measure?: string | undefined;
        timeFrame?: string | undefined;
        description?: string | undefined;
      }[]
    | undefined,
): Trial['outcomes'] {
  return none(outcomes).map((outcome) => ({
    kind,
    measure: outcome.measure ?? '',
    timeFrame: outcome.timeFrame ?? '',
    description: outcome.description ?? '',
  }));
}
