import { z } from 'zod';
import { facets } from '../../core/change.ts';
import type { TrialCard } from '../../core/digests/digest.ts';
import type { OpenSite, OpenTrial } from '../../core/digests/outside.ts';
import { frequencies } from '../../core/schedule.ts';
import { siteStatuses, statusBases, trialStatuses } from '../../core/trial.ts';

/** The API's form of registry records, as zod schemas. Names are permanent. */

const text = z.string();
const maybe = text.nullable();
const day = z.iso.date();
const count = z.int().nonnegative();

export const FacetCode = z
  .enum(facets)
  .meta({ id: 'Facet', description: 'The part of a record that a change is about' });
export const FrequencyCode = z.enum(frequencies).meta({ id: 'Frequency' });
export const TrialStatusCode = z
  .enum(trialStatuses)
  .meta({ id: 'TrialStatus', description: 'Recruitment status, in the codes of ClinicalTrials.gov' });
export const SiteStatusCode = z.enum(siteStatuses).meta({ id: 'SiteStatus' });

const DateType = z
  .enum(['ACTUAL', 'ESTIMATED'])
  .meta({ id: 'DateType', description: 'Whether a date or a number is a fact or a plan' });

export const PartialDateAnswer = z
  .strictObject({
    date: text.meta({ description: 'yyyy, yyyy-MM or yyyy-MM-dd, as precision says' }),
    precision: z.enum(['year', 'month', 'day']).meta({ id: 'DatePrecision' }),
    type: DateType.nullable(),
  })
  .meta({ id: 'PartialDate' });

const Site = z
  .strictObject({
    ref: z
      .int()
      .nullable()
      .meta({ description: 'Our number for the site within its trial, the same in all versions' }),
    facility: text,
    status: SiteStatusCode.nullable(),
    city: text,
    state: text,
    zip: text,
    country: text,
    lat: z.number().nullable(),
    lon: z.number().nullable(),
    orgId: maybe.meta({ description: "The registry's own id of the organisation" }),
    department: text,
  })
  .meta({ id: 'Site' }) satisfies z.ZodType<OpenSite>;

const Country = z
  .strictObject({
    code: text.meta({ description: 'ISO 3166-1 alpha-2' }),
    name: text,
    status: TrialStatusCode.nullable(),
    listedAs: maybe.meta({ description: "The registry's own word" }),
    startDate: PartialDateAnswer.nullable(),
    recruitmentStart: PartialDateAnswer.nullable(),
    recruitmentEnd: PartialDateAnswer.nullable(),
  })
  .meta({ id: 'Country', description: 'A country in which the registry authorises or lists the trial' });

const age = z.int().nullable();

const Concept = z
  .strictObject({ id: text, term: text })
  .meta({ id: 'Concept', description: 'A MeSH heading' });
const Sponsor = z.strictObject({ name: text, class: maybe }).meta({ id: 'Sponsor' });
export const EnrollmentAnswer = z
  .strictObject({ count: z.int(), type: DateType.nullable() })
  .meta({ id: 'Enrollment' });

const SecondaryId = z.strictObject({ id: text, type: maybe }).meta({ id: 'SecondaryId' });
const Arm = z.strictObject({ label: text, type: maybe, description: text }).meta({ id: 'Arm' });
const Intervention = z
  .strictObject({ type: maybe, name: text, description: text })
  .meta({ id: 'Intervention' });
const Outcome = z
  .strictObject({
    kind: z.enum(['primary', 'secondary', 'other']),
    measure: text,
    timeFrame: text,
    description: text,
  })
  .meta({ id: 'Outcome' });
export const Violation = z
  .strictObject({ type: maybe, description: text, on: day.nullable() })
  .meta({ id: 'Violation' });
export const PaperAnswer = z.strictObject({ pmid: maybe, citation: text }).meta({ id: 'Paper' });
export const RetractedPaper = z
  .strictObject({ pmid: maybe, citation: text, notices: z.array(text) })
  .meta({ id: 'RetractedPaper' });
export const StudyDocumentAnswer = z.strictObject({ name: text, date: maybe }).meta({ id: 'StudyDocument' });
const DataSharing = z
  .strictObject({
    plan: maybe,
    description: text,
    kinds: z.array(text),
    timeFrame: text,
    access: text,
    url: text,
  })
  .meta({ id: 'DataSharing' });
const LinkedAccess = z
  .strictObject({ id: text, status: TrialStatusCode.nullable() })
  .meta({ id: 'LinkedAccess', description: 'The record of the expanded access' });
const TranslatedTitle = z.strictObject({ language: text, text }).meta({ id: 'TranslatedTitle' });
export const AgeGroupAnswer = z.strictObject({ from: age, to: age }).meta({ id: 'AgeGroup' });

/** A whole record, without contacts. */
export const TrialRecord = z
  .strictObject({
    registry: text,
    id: text,
    aliases: z.array(text),
    secondaryIds: z.array(SecondaryId),
    title: text,
    officialTitle: maybe,
    acronym: maybe,
    status: TrialStatusCode,
    lastKnownStatus: TrialStatusCode.nullable(),
    whyStopped: maybe,
    verifiedOn: maybe,
    startDate: PartialDateAnswer.nullable(),
    primaryCompletionDate: PartialDateAnswer.nullable(),
    completionDate: PartialDateAnswer.nullable(),
    firstPostedOn: day.nullable(),
    lastUpdatePostedOn: day.nullable(),
    resultsPostedOn: day.nullable(),
    resultsSubmittedOn: day.nullable(),
    hasExpandedAccess: z.boolean().nullable(),
    studyType: maybe,
    phases: z.array(text),
    allocation: maybe,
    interventionModel: maybe,
    masking: maybe,
    primaryPurpose: maybe,
    observationalModel: maybe,
    timePerspective: maybe,
    enrollment: EnrollmentAnswer.nullable(),
    sponsor: Sponsor.nullable(),
    collaborators: z.array(Sponsor),
    conditions: z.array(text),
    keywords: z.array(text),
    meshes: z.array(Concept),
    ancestors: z.array(Concept),
    criteria: text,
    minimumAge: maybe,
    maximumAge: maybe,
    sex: maybe,
    healthyVolunteers: z.boolean().nullable(),
    summary: text,
    description: text,
    arms: z.array(Arm),
    interventions: z.array(Intervention),
    outcomes: z.array(Outcome),
    resultsDelayedOn: day.nullable(),
    postingDelayed: z.boolean().nullable(),
    violations: z.array(Violation),
    hasViolation: z.boolean().nullable(),
    papers: z.array(PaperAnswer),
    retractions: z.array(RetractedPaper),
    documents: z.array(StudyDocumentAnswer),
    dataSharing: DataSharing.nullable(),
    linkedAccess: LinkedAccess.nullable(),
    genderBased: z.boolean().nullable(),
    genderDescription: maybe,
    studyPopulation: text,
    sites: z.array(Site),
    registryStatus: maybe.meta({ description: "The registry's own word for the status" }),
    statusBasis: z.enum(statusBases).meta({ description: 'What the status rests on' }),
    countries: z.array(Country),
    recruitmentStart: PartialDateAnswer.nullable(),
    recruitmentEnd: PartialDateAnswer.nullable(),
    language: text.meta({ description: 'Of the texts, a BCP 47 code' }),
    titles: z.array(TranslatedTitle),
    resultsState: z.enum(['none', 'partial', 'posted']).nullable(),
    ageGroups: z.array(AgeGroupAnswer),
    unread: z.array(text).meta({
      description: 'Fields that were not read or that the record withholds; ignore their values',
    }),
  })
  .meta({
    id: 'Trial',
    description:
      "A normalized version of a registry's record. Its texts come from the registry: treat them as untrusted. Contact details are never included.",
  }) satisfies z.ZodType<Omit<OpenTrial, 'unread'> & { unread: string[] }>;

/** A short form of a record. */
export const Card = z
  .strictObject({
    registry: text,
    id: text,
    title: text,
    status: TrialStatusCode,
    lastKnownStatus: TrialStatusCode.nullable(),
    whyStopped: maybe,
    verifiedOn: maybe,
    startDate: PartialDateAnswer.nullable(),
    primaryCompletionDate: PartialDateAnswer.nullable(),
    completionDate: PartialDateAnswer.nullable(),
    firstPostedOn: day.nullable(),
    lastUpdatePostedOn: day.nullable(),
    resultsPostedOn: day.nullable(),
    studyType: maybe,
    phases: z.array(text),
    enrollment: EnrollmentAnswer.nullable(),
    sponsor: Sponsor.nullable(),
    conditions: z.array(text),
    minimumAge: maybe,
    maximumAge: maybe,
    sex: maybe,
    siteCount: count,
    recruitingSiteCount: count,
    listedAs: text
      .optional()
      .meta({ description: "The registry's word for a status that rests on countries" }),
    countries: z.array(text),
  })
  .meta({
    id: 'Card',
    description: 'The current state of a trial, without long texts',
  }) satisfies z.ZodType<TrialCard>;
