import type { TrialField } from '../../core/trial.ts';
import { isConfidential, type PartOne, type RetrieveAnswer } from './answer-schema.ts';

/**
 * The fields about which a record says nothing: contacts, which are never kept, absent parts, and texts that
 * are confidential.
 */
export function listSilentFields(answer: RetrieveAnswer): TrialField[] {
  const confidential = findConfidential(answer.authorizedApplication.authorizedPartI);
  return [...new Set<TrialField>(['contacts', ...findAbsent(answer), ...confidential])];
}

/**
 * The fields of parts that this answer lacks: a record loses none of them, so that an answer without one is
 * thin and says nothing about it (C8).
 */
function findAbsent(answer: RetrieveAnswer): TrialField[] {
  const { authorizedPartI: part, authorizedPartsII: parts } = answer.authorizedApplication;
  const about = part.trialDetails.trialInformation;
  const criteria = about.eligibilityCriteria;
  const absent: [isAbsent: boolean, ...fields: TrialField[]][] = [
    [parts.length === 0, 'sites', 'enrollment'],
    [!answer.results, 'resultsState'],
    [!about.trialDuration && !answer.startDateEU, 'startDate'],
    [!about.trialDuration && !answer.endDate && !answer.endDateEU, 'completionDate'],
    [!about.trialCategory, 'phases'],
    [
      !criteria?.principalInclusionCriteria.length && !criteria?.principalExclusionCriteria.length,
      'criteria',
    ],
    [!about.endPoint?.primaryEndPoints.length, 'outcomes'],
    [!about.populationOfTrialSubjects, 'ageGroups', 'sex', 'healthyVolunteers'],
    [!about.trialObjective, 'summary'],
    [part.sponsors.length === 0, 'sponsor', 'collaborators'],
    [!about.medicalCondition && part.medicalConditions.length === 0, 'conditions', 'keywords'],
    [part.products.length === 0, 'interventions'],
  ];
  return absent.flatMap(([isAbsent, ...fields]) => (isAbsent ? fields : []));
}

/** The fields with a text that the registry replaced because it is confidential. */
function findConfidential({ trialDetails, products }: PartOne): TrialField[] {
  const { clinicalTrialIdentifiers: names, trialInformation: about } = trialDetails;
  const texts: Partial<Record<TrialField, (string | null | undefined)[]>> = {
    title: [names.publicTitle || names.fullTitle],
    officialTitle: [names.fullTitle],
    acronym: [names.shortTitle],
    criteria: [
      ...(about.eligibilityCriteria?.principalInclusionCriteria ?? []).map(
        (one) => one.principalInclusionCriteria,
      ),
      ...(about.eligibilityCriteria?.principalExclusionCriteria ?? []).map(
        (one) => one.principalExclusionCriteria,
      ),
    ],
    outcomes: [
      ...(about.endPoint?.primaryEndPoints ?? []),
      ...(about.endPoint?.secondaryEndPoints ?? []),
    ].map(({ endPoint }) => endPoint),
    summary: [about.trialObjective?.mainObjective],
    arms: (trialDetails.protocolInformation?.studyDesign?.periodDetails ?? []).flatMap(({ armDetails }) =>
      armDetails.flatMap(({ title, description }) => [title, description]),
    ),
    interventions: products.flatMap((one) => [one.productName, one.jsonActiveSubstanceNames]),
  };
  const fields = Object.keys(texts) as TrialField[];
  return fields.filter((field) => texts[field]?.some((text) => isConfidential(text ?? '')));
}
