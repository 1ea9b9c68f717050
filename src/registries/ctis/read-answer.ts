import type { Trial } from '../../core/trial.ts';
import type { PartOne, RetrieveAnswer } from './answer-schema.ts';
import { emptyCtisTrial } from './ctis-trial.ts';
import { aliasesOf } from './eu-numbers.ts';
import { onDay, readMemberStates } from './member-states.ts';
import { statusByCountries } from './statuses.ts';
import { ageGroupsByCode, languageCodes, phasesByCode } from './tables.ts';
import { readTrialSites } from './trial-sites.ts';
import { listSilentFields } from './unread-fields.ts';

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Texts without empty ones and repetitions, sorted: the registry reorders its lists. */
const distinct = (texts: readonly (string | null | undefined)[]): string[] =>
  [...new Set(texts.flatMap((text) => text || []))].sort(byText);

const orNull = (text: string | null | undefined) => text || null;

/** Reads a retrieve answer into a Trial. Confidential texts are unread: their disclosure is no change. */
export function readRetrieved(answer: RetrieveAnswer): Trial {
  const { authorizedPartI: part, authorizedPartsII: parts, eudraCt } = answer.authorizedApplication;
  const { clinicalTrialIdentifiers: names, trialInformation: about } = part.trialDetails;
  const { publicTitle, fullTitle, shortTitle } = names;
  const countries = readMemberStates(answer);
  const lead = part.sponsors.find(({ primary }) => primary) ?? part.sponsors[0];
  const subjects = about.populationOfTrialSubjects;
  const counts = parts.flatMap(({ recruitmentSubjectCount }) => recruitmentSubjectCount ?? []);
  const ended = onDay(answer.endDate ?? answer.endDateEU);
  const planned = about.trialDuration;
  return {
    ...emptyCtisTrial(answer.ctNumber),
    aliases: aliasesOf(answer.ctNumber, eudraCt?.eudraCtCode ?? null),
    secondaryIds: readNumbers(names.secondaryIdentifyingNumbers, eudraCt?.eudraCtCode ?? null),
    title: publicTitle || fullTitle || '',
    titles: names.publicTitleTranslations
      .flatMap(({ attributeTranslation: text, languageDescription }) => {
        const language = languageCodes[languageDescription ?? ''];
        return text && language && language !== 'en' ? [{ language, text }] : [];
      })
      .sort((a, b) => byText(a.language, b.language) || byText(a.text, b.text)),
    officialTitle: orNull(fullTitle),
    acronym: orNull(shortTitle),
    status: statusByCountries(
      answer.ctPublicStatusCode.status,
      countries.map(({ status }) => status),
    ),
    registryStatus: answer.ctPublicStatusCode.word,
    countries,
    startDate: onDay(answer.startDateEU) ?? onDay(planned?.estimatedRecruitmentStartDate, 'ESTIMATED'),
    completionDate: ended ?? onDay(planned?.estimatedEndDate, 'ESTIMATED'),
    lastUpdatePostedOn: answer.publishDate ?? null,
    resultsState: hasResults(answer) ? 'posted' : 'none',
    phases: [...(phasesByCode[about.trialCategory?.trialPhase ?? ''] ?? [])],
    enrollment:
      counts.length === 0 ? null : { count: counts.reduce((sum, one) => sum + one, 0), type: 'ESTIMATED' },
    sponsor: lead?.organisation?.name ? toSponsor(lead) : null,
    collaborators: part.sponsors
      .filter((one) => one !== lead && one.organisation?.name)
      .map(toSponsor)
      .sort((a, b) => byText(a.name, b.name)),
    conditions: distinct(
      [...(about.medicalCondition?.partIMedicalConditions ?? []), ...part.medicalConditions].map(
        ({ medicalCondition }) => medicalCondition,
      ),
    ),
    keywords: distinct((about.medicalCondition?.meddraConditionTerms ?? []).map(({ termName }) => termName)),
    criteria: readCriteria(about.eligibilityCriteria),
    ageGroups: [...new Set(subjects?.ageRanges.map(({ ageRangeCategoryCode }) => ageRangeCategoryCode ?? ''))]
      .flatMap((code) => ageGroupsByCode[code] ?? [])
      .sort((a, b) => (a.from ?? 0) - (b.from ?? 0)),
    sex: subjects ? sexOf(subjects.isFemaleSubjects, subjects.isMaleSubjects) : null,
    healthyVolunteers: subjects?.clinicalTrialGroups.some(({ name }) => name)
      ? subjects.clinicalTrialGroups.some(({ name }) => /healthy/i.test(name ?? ''))
      : null,
    summary: about.trialObjective?.mainObjective ?? '',
    arms: (part.trialDetails.protocolInformation?.studyDesign?.periodDetails ?? [])
      .flatMap(({ armDetails }) => armDetails)
      .map(({ title, description }) => ({ label: title ?? '', type: null, description: description ?? '' }))
      .sort((a, b) => byText(a.label, b.label) || byText(a.description, b.description)),
    interventions: readSubstances(part).map((name) => ({ type: 'DRUG', name, description: '' })),
    outcomes: [
      ...toOutcomes('primary', about.endPoint?.primaryEndPoints),
      ...toOutcomes('secondary', about.endPoint?.secondaryEndPoints),
    ],
    sites: readTrialSites(parts),
    unread: listSilentFields(answer),
  };
}

/** Whether women, men or both can take part, in the codes of the trial model. */
export function sexOf(female: boolean | null | undefined, male: boolean | null | undefined): string | null {
  if (female && male) return 'ALL';
  return female ? 'FEMALE' : male ? 'MALE' : null;
}

function toSponsor({ organisation, isCommercial }: PartOne['sponsors'][number]) {
  return { name: organisation?.name ?? '', class: isCommercial ? 'INDUSTRY' : 'OTHER' };
}

type Numbers = PartOne['trialDetails']['clinicalTrialIdentifiers']['secondaryIdentifyingNumbers'];

function readNumbers(numbers: Numbers, eudraCt: string | null): Trial['secondaryIds'] {
  const given: [string | null | undefined, string | null][] = [
    [eudraCt, 'EUDRACT_NUMBER'],
    [numbers?.nctNumber?.number, 'NCT'],
    [numbers?.whoUniversalTrialNumber?.number, 'UTN'],
    ...(numbers?.additionalRegistries ?? []).map(
      ({ number, otherRegistryName }): [typeof number, string | null] => [number, orNull(otherRegistryName)],
    ),
  ];
  return given
    .flatMap(([id, type]) => (id ? [{ id, type }] : []))
    .sort((a, b) => byText(a.id, b.id) || byText(a.type ?? '', b.type ?? ''));
}

function hasResults({ results }: RetrieveAnswer): boolean {
  if (!results) return false;
  return Object.values(results).some((list) => list.length > 0);
}

/** The active substances under test and of comparison; auxiliary products and placebos are not of interest. */
function readSubstances({ products }: PartOne): string[] {
  return distinct(
    products
      .filter(({ part1MpRoleTypeCode }) => ['1', '2'].includes(part1MpRoleTypeCode ?? ''))
      .map(({ jsonActiveSubstanceNames, productName }) => jsonActiveSubstanceNames || productName),
  );
}

type Criteria = PartOne['trialDetails']['trialInformation']['eligibilityCriteria'];
type Numbered = { number?: number | null | undefined };

/** In the registry's own numbering; its lists come in any order. */
const inOrder = <T extends Numbered>(list: readonly T[]): T[] =>
  list.toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0));

function readCriteria(criteria: Criteria): string {
  const section = (title: string, texts: (string | null | undefined)[]) => {
    const lines = texts.flatMap((text) => (text ? `* ${text.replace(/\s*\n\s*/g, ' ')}` : []));
    return lines.length === 0 ? [] : [`${title}:\n\n${lines.join('\n')}`];
  };
  return [
    ...section(
      'Inclusion Criteria',
      inOrder(criteria?.principalInclusionCriteria ?? []).map((one) => one.principalInclusionCriteria),
    ),
    ...section(
      'Exclusion Criteria',
      inOrder(criteria?.principalExclusionCriteria ?? []).map((one) => one.principalExclusionCriteria),
    ),
  ].join('\n\n');
}

function toOutcomes(
  kind: 'primary' | 'secondary',
  endPoints: readonly (Numbered & { endPoint?: string | null | undefined })[] | undefined,
): Trial['outcomes'] {
  return inOrder(endPoints ?? []).flatMap(({ endPoint }) =>
    endPoint ? [{ kind, measure: endPoint.replace(/\s*\n\s*/g, ' '), timeFrame: '', description: '' }] : [],
  );
}
