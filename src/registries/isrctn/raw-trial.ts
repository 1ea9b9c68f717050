import { z } from 'zod';
import type { PartialDate } from '../../core/trial.ts';
import { prose, text, day as wholeDay } from '../text-values.ts';
import { statusOfWord } from './dated-status.ts';

const line = text.prefault('');
const lines = prose.prefault('');
const flag = text.prefault('').transform((word) => (word === '' ? null : word.toLowerCase() === 'true'));
/** An empty element is an empty text, also where it could hold others. */
const orEmpty = (value: unknown) => (value === '' || value === undefined ? {} : value);
const group = <T extends z.ZodRawShape>(shape: T) => z.preprocess(orEmpty, z.object(shape));
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (value === '' || value === undefined ? [] : value), z.array(item));
const listIn = <T extends z.ZodType>(name: string, item: T) =>
  z.preprocess(orEmpty, z.object({ [name]: list(item) })).transform((one) => one[name] as z.output<T>[]);
/** A text that may have attributes. */
const leaf = <T extends z.ZodRawShape>(attributes: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? { '#text': value } : (value ?? {})),
    z.object({ '#text': line, ...attributes }),
  );

/** A time of the registry, cut to its day: it means the day, at midnight UTC, and is never converted. */
const cutToDay = z
  .preprocess(
    (time) => (typeof time === 'string' && time.trim().slice(0, 10)) || undefined,
    wholeDay.optional(),
  )
  .transform((day): string | null => day ?? null);
const date = cutToDay.transform((day): PartialDate | null =>
  day === null ? null : { date: day, precision: 'day', type: null },
);

/** A word above the dates, with our status for it. */
const override = line.transform((word, context) => {
  if (word === '') return null;
  const status = statusOfWord(word);
  if (status !== undefined) return { word, status };
  context.addIssue({ code: 'custom', message: `the word "${word.slice(0, 40)}" is not known` });
  return z.NEVER;
});

const outcomes = listIn('outcomeMeasure', group({ variable: lines, method: lines, timepoints: line }));
const ageLimit = leaf({ '@value': line, '@unit': line }).optional();

/** A record with normalised values, from its kept form (`keepRecord`). */
export const RawTrial = z.object({
  '@lastUpdated': cutToDay,
  isrctn: leaf({ '@dateAssigned': cutToDay }),
  trialDescription: group({
    title: line,
    scientificTitle: line,
    acronym: line,
    studyHypothesis: lines,
    plainEnglishSummary: lines,
    primaryOutcomes: outcomes,
    primaryOutcome: lines,
    secondaryOutcomes: outcomes,
    secondaryOutcome: lines,
  }),
  externalRefs: group({
    eudraCTNumber: line,
    irasNumber: line,
    clinicalTrialsGovNumber: line,
    protocolSerialNumber: line,
    secondaryNumbers: listIn('secondaryNumber', leaf({ '@numberType': line })),
  }),
  trialDesign: group({
    studyDesign: line,
    primaryStudyDesign: line,
    secondaryStudyDesign: line,
    interventionalTrialDesign: group({
      allocation: line,
      masking: line,
      assignment: line,
      purposes: listIn('purpose', line),
    }),
    trialTypes: listIn('trialType', line),
    trialType: line,
    overallStatusOverride: override,
    reasonAbandoned: line,
    overallEndDate: date,
  }),
  participants: group({
    recruitmentCountries: listIn('country', line),
    trialCentres: listIn(
      'trialCentre',
      group({ name: line, city: line, state: line, country: line, zip: line, '@id': line }),
    ),
    healthyVolunteersAllowed: flag,
    inclusion: lines,
    exclusion: lines,
    ageRange: line,
    lowerAgeLimit: ageLimit,
    upperAgeLimit: ageLimit,
    gender: line,
    targetEnrolment: line,
    totalFinalEnrolment: line,
    recruitmentStart: date,
    recruitmentEnd: date,
    recruitmentStartStatusOverride: override,
    recruitmentStatusOverride: override,
  }),
  conditions: listIn('condition', group({ description: lines, diseaseClass2: line })),
  interventions: listIn(
    'intervention',
    group({ description: lines, interventionType: line, phase: line, drugNames: line }),
  ),
  results: group({
    publicationDetails: lines,
    publicationStage: line,
    basicReport: line,
    plainEnglishReport: line,
  }).optional(),
  sponsor: list(group({ organisation: line, commercialStatus: line })).optional(),
  funder: list(group({ name: line })).optional(),
});
/** A record with normalised values. */
export type RawTrial = z.infer<typeof RawTrial>;
