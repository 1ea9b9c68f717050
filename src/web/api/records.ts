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
const SiteStatus = z.enum(siteStatuses).meta({ id: 'SiteStatus' });

const PartialDate = z
  .strictObject({
    date: text.meta({ description: 'yyyy, yyyy-MM or yyyy-MM-dd, as precision says' }),
    precision: z.enum(['year', 'month', 'day']),
    type: z.enum(['ACTUAL', 'ESTIMATED']).nullable(),
  })
  .meta({ id: 'PartialDate' });

const Site = z
  .strictObject({
    ref: z
      .int()
      .nullable()
      .meta({ description: 'Our number for the site within its trial, the same in all versions' }),
    facility: text,
    status: SiteStatus.nullable(),
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
    startDate: PartialDate.nullable(),
    recruitmentStart: PartialDate.nullable(),
    recruitmentEnd: PartialDate.nullable(),
  })
  .meta({ id: 'Country', description: 'A country in which the registry authorises or lists the trial' });

const age = z.int().nullable();

const Concept = z
  .strictObject({ id: text, term: text })
  .meta({ id: 'Concept', description: 'A MeSH heading' });
const Sponsor = z.strictObject({ name: text, class: maybe }).meta({ id: 'Sponsor' });
const Enrollment = z
  .strictObject({ count: z.int(), type: z.enum(['ACTUAL', 'ESTIMATED']).nullable() })
  .meta({ id: 'Enrollment' });

/** A whole record, without contacts. */
export const TrialRecord = z
  .strictObject({
    registry: text,
    id: text,
    aliases: z.array(text),
    secondaryIds: z.array(z.strictObject({ id: text, type: maybe })),
    title: text,
    officialTitle: maybe,
    acronym: maybe,
    status: TrialStatusCode,
    lastKnownStatus: TrialStatusCode.nullable(),
    whyStopped: maybe,
    verifiedOn: maybe,
    startDate: PartialDate.nullable(),
    primaryCompletionDate: PartialDate.nullable(),
    completionDate: PartialDate.nullable(),
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
    enrollment: Enrollment.nullable(),
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
    arms: z.array(z.strictObject({ label: text, type: maybe, description: text })),
    interventions: z.array(z.strictObject({ type: maybe, name: text, description: text })),
    outcomes: z.array(
      z.strictObject({
        kind: z.enum(['primary', 'secondary', 'other']),
        measure: text,
        timeFrame: text,
        description: text,
      }),
    ),
    resultsDelayedOn: day.nullable(),
    postingDelayed: z.boolean().nullable(),
    violations: z.array(z.strictObject({ type: maybe, description: text, on: day.nullable() })),
    hasViolation: z.boolean().nullable(),
    papers: z.array(z.strictObject({ pmid: maybe, citation: text })),
    retractions: z.array(z.strictObject({ pmid: maybe, citation: text, notices: z.array(text) })),
    documents: z.array(z.strictObject({ name: text, date: maybe })),
    dataSharing: z
      .strictObject({
        plan: maybe,
        description: text,
        kinds: z.array(text),
        timeFrame: text,
        access: text,
        url: text,
      })
      .nullable(),
    linkedAccess: z.strictObject({ id: text, status: TrialStatusCode.nullable() }).nullable(),
    genderBased: z.boolean().nullable(),
    genderDescription: maybe,
    studyPopulation: text,
    sites: z.array(Site),
    registryStatus: maybe.meta({ description: "The registry's own word for the status" }),
    statusBasis: z.enum(statusBases).meta({ description: 'What the status rests on' }),
    countries: z.array(Country),
    recruitmentStart: PartialDate.nullable(),
    recruitmentEnd: PartialDate.nullable(),
    language: text.meta({ description: 'Of the texts, a BCP 47 code' }),
    titles: z.array(z.strictObject({ language: text, text })),
    resultsState: z.enum(['none', 'partial', 'posted']).nullable(),
    ageGroups: z.array(z.strictObject({ from: age, to: age })),
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
    startDate: PartialDate.nullable(),
    primaryCompletionDate: PartialDate.nullable(),
    completionDate: PartialDate.nullable(),
    firstPostedOn: day.nullable(),
    lastUpdatePostedOn: day.nullable(),
    resultsPostedOn: day.nullable(),
    studyType: maybe,
    phases: z.array(text),
    enrollment: Enrollment.nullable(),
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
