import type { AgeGroup, Intervention, Outcome, Trial } from '../../core/trial.ts';
import type { RawTrial } from './raw-trial.ts';

type Table = readonly (readonly [RegExp, string])[];

const find = (table: Table, text: string) => table.find(([pattern]) => pattern.test(text))?.[1] ?? null;

const studyTypes: Table = [
  [/^interventional/i, 'INTERVENTIONAL'],
  [/^observational/i, 'OBSERVATIONAL'],
];
const allocations: Table = [
  [/non[- ]?randomi[sz]ed/i, 'NON_RANDOMIZED'],
  [/randomi[sz]ed/i, 'RANDOMIZED'],
  [/single[- ]arm|^n\/?a\b/i, 'NA'],
];
const maskings: Table = [
  [/\bopen\b/i, 'NONE'],
  [/single[- ]blind/i, 'SINGLE'],
  [/double[- ]blind/i, 'DOUBLE'],
  [/triple[- ]blind/i, 'TRIPLE'],
];
const models: Table = [
  [/^single/i, 'SINGLE_GROUP'],
  [/^parallel/i, 'PARALLEL'],
  [/^cross/i, 'CROSSOVER'],
  [/^factorial/i, 'FACTORIAL'],
  [/^sequential/i, 'SEQUENTIAL'],
];
const purposes: Table = [
  [/^treatment/i, 'TREATMENT'],
  [/^prevention/i, 'PREVENTION'],
  [/^diagnos/i, 'DIAGNOSTIC'],
  [/^screening/i, 'SCREENING'],
  [/^supportive|^quality of life/i, 'SUPPORTIVE_CARE'],
  [/^health services/i, 'HEALTH_SERVICES_RESEARCH'],
  [/^basic science/i, 'BASIC_SCIENCE'],
  [/^device/i, 'DEVICE_FEASIBILITY'],
  [/^other/i, 'OTHER'],
];
const interventionTypes: Table = [
  [/^drug/i, 'DRUG'],
  [/^(?:biological|vaccine)/i, 'BIOLOGICAL'],
  [/^device/i, 'DEVICE'],
  [/^behavio/i, 'BEHAVIORAL'],
  [/^procedure|^surg/i, 'PROCEDURE'],
  [/^supplement|^diet/i, 'DIETARY_SUPPLEMENT'],
  [/^genetic/i, 'GENETIC'],
  [/^radiation/i, 'RADIATION'],
  [/^(?:mixed|other)/i, 'OTHER'],
];
const phases: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^phase 0\b/i, ['EARLY_PHASE1']],
  [/^phase i\s?(?:\/|and|-)\s?(?:phase )?ii\b/i, ['PHASE1', 'PHASE2']],
  [/^phase ii\s?(?:\/|and|-)\s?(?:phase )?iii\b/i, ['PHASE2', 'PHASE3']],
  [/^phase iii\s?(?:\/|and|-)\s?(?:phase )?iv\b/i, ['PHASE3', 'PHASE4']],
  [/^phase iv\b/i, ['PHASE4']],
  [/^phase iii\b/i, ['PHASE3']],
  [/^phase ii\b/i, ['PHASE2']],
  [/^phase i\b/i, ['PHASE1']],
  [/^not applicable/i, ['NA']],
];
/** The groups of ages as the registry names them, in years. "Mixed" and "All" say no more than the criteria. */
const ageGroups: Readonly<Record<string, AgeGroup>> = {
  neonate: { from: 0, to: 0 },
  child: { from: 0, to: 17 },
  adult: { from: 18, to: null },
  senior: { from: 60, to: null },
};

/** The design of a record, from the newer fields or else from the words of the older ones. */
export function readDesign(raw: RawTrial) {
  const { studyDesign, primaryStudyDesign, secondaryStudyDesign, trialTypes, trialType } = raw.trialDesign;
  const { allocation, masking, assignment, purposes: aims } = raw.trialDesign.interventionalTrialDesign;
  const given = [...aims, ...trialTypes, trialType].filter((aim) => aim !== '');
  const kinds = new Set(given.map((aim) => find(purposes, aim)));
  const [purpose] = kinds.size === 1 ? kinds : [];
  const all = [allocation, secondaryStudyDesign, studyDesign];
  const found = raw.interventions.flatMap(
    ({ phase }) => phases.find(([pattern]) => pattern.test(phase))?.[1] ?? [],
  );
  return {
    studyType: find(studyTypes, primaryStudyDesign),
    allocation: all.map((words) => find(allocations, words)).find((code) => code !== null) ?? null,
    masking: find(maskings, masking) ?? find(maskings, studyDesign),
    interventionModel: find(models, assignment),
    primaryPurpose: purpose ?? null,
    phases: [...new Set(found)].sort(),
  };
}

/** Limits of age in our words, "18 Years"; null where the record gives none. */
export function readAges({ lowerAgeLimit, upperAgeLimit, ageRange }: RawTrial['participants']) {
  const group = ageGroups[ageRange.toLowerCase()];
  return {
    minimumAge: ageOf(lowerAgeLimit),
    maximumAge: ageOf(upperAgeLimit),
    ageGroups: lowerAgeLimit === undefined && upperAgeLimit === undefined && group ? [group] : [],
  };
}

function ageOf(limit: RawTrial['participants']['lowerAgeLimit']): string | null {
  if (limit === undefined) return null;
  const [, textual = '', word = ''] = /^(\d+(?:\.\d+)?)\s*(\p{L}+)/u.exec(limit['#text']) ?? [];
  const value = Number(limit['@value'] || textual || Number.NaN);
  const unit = find(
    [
      [/^year/i, 'Year'],
      [/^month/i, 'Month'],
      [/^week/i, 'Week'],
      [/^day/i, 'Day'],
      [/^hour/i, 'Hour'],
      [/^minute/i, 'Minute'],
    ],
    limit['@unit'] || word,
  );
  if (unit === null || !Number.isFinite(value)) return null;
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}

/** The sex that can take part; null if the registry does not say. */
export function readSex(gender: string): Trial['sex'] {
  return find(
    [
      [/^(?:all|both)\b/i, 'ALL'],
      [/^female/i, 'FEMALE'],
      [/^male/i, 'MALE'],
    ],
    gender,
  );
}

/** The number of participants: the final one once it is known, for which "0" stands meanwhile. */
export function readEnrollment({ targetEnrolment, totalFinalEnrolment }: RawTrial['participants']) {
  const [target, final] = [targetEnrolment, totalFinalEnrolment].map(countOf);
  if (final) return { count: final, type: 'ACTUAL' as const };
  return target ? { count: target, type: 'ESTIMATED' as const } : null;
}

function countOf(text: string): number | null {
  const digits = /^\d{1,3}(?:,\d{3})+$|^\d{1,9}$/.exec(text)?.[0].replaceAll(',', '');
  return digits === undefined ? null : Number(digits);
}

/** What is studied, under its drugs' names if there are any. */
export function readInterventions(interventions: RawTrial['interventions']): Intervention[] {
  return interventions
    .filter(({ description, drugNames }) => description !== '' || drugNames !== '')
    .map(({ description, drugNames, interventionType }) => ({
      type: find(interventionTypes, interventionType),
      name: drugNames || interventionType,
      description,
    }));
}

/** The outcomes: the newer list, or else the older text as one. */
export function readOutcomes(kind: Outcome['kind'], text: string, measures: RawOutcomes): Outcome[] {
  if (measures.length > 0)
    return measures.map(({ variable, method, timepoints }) => ({
      kind,
      measure: variable,
      timeFrame: timepoints,
      description: method,
    }));
  return text === '' ? [] : [{ kind, measure: text, timeFrame: '', description: '' }];
}

type RawOutcomes = RawTrial['trialDescription']['primaryOutcomes'];
