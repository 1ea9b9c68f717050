import { z } from 'zod';
import { normaliseProse, normaliseText } from '../../core/text.ts';
import { type PartialDate, siteStatuses, trialStatuses } from '../../core/trial.ts';
import * as codes from './codes.ts';

/** One line of registry text, normalised. */
const text = z.string().transform(normaliseText);
const prose = z.string().transform(normaliseProse);
const texts = z.array(text).transform((lines) => lines.filter((line) => line !== ''));

/** A code of a closed list, in any letter case. An unknown one is a fault, never a guess (C9). */
function code<const T extends string>(known: readonly T[]) {
  const byName = new Map<string, T>(known.map((name) => [name, name]));
  return z.string().transform((value, context): T => {
    const found = byName.get(value) ?? byName.get(value.trim().toUpperCase());
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `the code ${quote(value)} is not known` });
    return z.NEVER;
  });
}

const quote = (value: string) => JSON.stringify(normaliseText(value).slice(0, 40));

/** `yyyy`, `yyyy-MM` or `yyyy-MM-dd`, and a day that the calendar has. */
function isPartialDate(value: string): boolean {
  const found = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(value);
  if (found === null) return false;
  const [, year, month = '01', day = '01'] = found;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

const partialDate = z.string().transform((value, context): string => {
  const date = value.trim();
  if (isPartialDate(date)) return date;
  context.addIssue({ code: 'custom', message: `${quote(value)} is no date` });
  return z.NEVER;
});

const day = partialDate.refine((date) => date.length === 10, { error: 'the date has no day' });

const PartialDateStruct = z
  .object({ date: partialDate.optional(), type: code(codes.dateTypes).optional() })
  .transform(({ date, type }): PartialDate | null => {
    if (date === undefined) return null;
    const precision = date.length === 4 ? 'year' : date.length === 7 ? 'month' : 'day';
    return { date, precision, type: type ?? null };
  });
const DateStruct = z.object({ date: day.optional() });

const nctId = z.string().transform((value, context): string => {
  const id = value.trim().toUpperCase();
  if (/^NCT\d{8}$/.test(id)) return id;
  context.addIssue({ code: 'custom', message: `${quote(value)} is no NCT number` });
  return z.NEVER;
});

const Sponsor = z.object({ name: text, class: code(codes.agencyClasses).optional() });

const Mesh = z.object({ id: z.string().transform(unpadMeshId), term: text.optional() });

/**
 * A MeSH id with the zero padding removed that some records carry: the letter and the number in at least six digits
 * (`D000001943` is `D001943`). MeSH counts six- and nine-digit ids in one series, so no two headings meet;
 * nine-digit originals are shortened too (`D000077195` is `D077195`): compare only ids that went through here.
 */
export function unpadMeshId(id: string): string {
  const found = /^([A-Z])0*(\d+)$/.exec(id.trim().toUpperCase());
  return found === null ? id.trim().toUpperCase() : `${found[1]}${(found[2] ?? '').padStart(6, '0')}`;
}

const Outcome = z.object({
  measure: text.optional(),
  timeFrame: text.optional(),
  description: prose.optional(),
});

export const RawContact = z.object({
  name: text.optional(),
  role: code(codes.contactRoles).optional(),
  phone: text.optional(),
  phoneExt: text.optional(),
  email: text.optional(),
  affiliation: text.optional(),
});
export type RawContact = z.infer<typeof RawContact>;

export const RawSite = z.object({
  facility: text.optional(),
  status: code(siteStatuses).optional(),
  city: text.optional(),
  state: text.optional(),
  zip: text.optional(),
  country: text.optional(),
  contacts: z.array(RawContact).optional(),
  geoPoint: z.object({ lat: z.number(), lon: z.number() }).optional(),
});
export type RawSite = z.infer<typeof RawSite>;

const Submission = z.object({
  releaseDate: day.optional(),
  unreleaseDate: day.optional(),
  unreleaseDateUnknown: z.boolean().optional(),
  resetDate: day.optional(),
});
export type Submission = z.infer<typeof Submission>;

const UnpostedEvent = z.object({ type: code(codes.unpostedEventTypes), date: day.optional() });
export type UnpostedEvent = z.infer<typeof UnpostedEvent>;

/**
 * What is used of a study of API v2, each value normalised. Modules are optional here: which of them a record must
 * have depends on what was asked for. Everything else in a record is ignored, its noise with it.
 */
export const RawStudy = z.object({
  protocolSection: z.object({
    identificationModule: z
      .object({
        nctId,
        nctIdAliases: z.array(nctId).optional(),
        secondaryIdInfos: z
          .array(z.object({ id: text.optional(), type: code(codes.secondaryIdTypes).optional() }))
          .optional(),
        briefTitle: text.optional(),
        officialTitle: text.optional(),
        acronym: text.optional(),
      })
      .optional(),
    statusModule: z
      .object({
        statusVerifiedDate: partialDate.optional(),
        overallStatus: code(trialStatuses).optional(),
        lastKnownStatus: code(trialStatuses).optional(),
        whyStopped: text.optional(),
        expandedAccessInfo: z.object({ hasExpandedAccess: z.boolean().optional() }).optional(),
        startDateStruct: PartialDateStruct.optional(),
        primaryCompletionDateStruct: PartialDateStruct.optional(),
        completionDateStruct: PartialDateStruct.optional(),
        studyFirstPostDateStruct: DateStruct.optional(),
        resultsFirstPostDateStruct: DateStruct.optional(),
        lastUpdatePostDateStruct: DateStruct.optional(),
      })
      .optional(),
    sponsorCollaboratorsModule: z
      .object({ leadSponsor: Sponsor.optional(), collaborators: z.array(Sponsor).optional() })
      .optional(),
    descriptionModule: z
      .object({ briefSummary: prose.optional(), detailedDescription: prose.optional() })
      .optional(),
    conditionsModule: z.object({ conditions: texts.optional(), keywords: texts.optional() }).optional(),
    designModule: z
      .object({
        studyType: code(codes.studyTypes).optional(),
        phases: z.array(code(codes.phases)).optional(),
        designInfo: z
          .object({
            allocation: code(codes.allocations).optional(),
            interventionModel: code(codes.interventionModels).optional(),
            primaryPurpose: code(codes.primaryPurposes).optional(),
            observationalModel: code(codes.observationalModels).optional(),
            timePerspective: code(codes.timePerspectives).optional(),
            maskingInfo: z.object({ masking: code(codes.maskings).optional() }).optional(),
          })
          .optional(),
        enrollmentInfo: z
          .object({ count: z.int().min(0).optional(), type: code(codes.dateTypes).optional() })
          .optional(),
      })
      .optional(),
    armsInterventionsModule: z
      .object({
        armGroups: z
          .array(
            z.object({
              label: text.optional(),
              type: code(codes.armTypes).optional(),
              description: prose.optional(),
            }),
          )
          .optional(),
        interventions: z
          .array(
            z.object({
              type: code(codes.interventionTypes).optional(),
              name: text.optional(),
              description: prose.optional(),
            }),
          )
          .optional(),
      })
      .optional(),
    outcomesModule: z
      .object({
        primaryOutcomes: z.array(Outcome).optional(),
        secondaryOutcomes: z.array(Outcome).optional(),
        otherOutcomes: z.array(Outcome).optional(),
      })
      .optional(),
    eligibilityModule: z
      .object({
        eligibilityCriteria: prose.optional(),
        healthyVolunteers: z.boolean().optional(),
        sex: code(codes.sexes).optional(),
        minimumAge: text.optional(),
        maximumAge: text.optional(),
      })
      .optional(),
    contactsLocationsModule: z
      .object({
        centralContacts: z.array(RawContact).optional(),
        overallOfficials: z.array(RawContact).optional(),
        locations: z.array(RawSite).optional(),
      })
      .optional(),
  }),
  resultsSection: z.record(z.string(), z.unknown()).optional(),
  annotationSection: z
    .object({
      annotationModule: z
        .object({
          unpostedAnnotation: z.object({ unpostedEvents: z.array(UnpostedEvent).optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
  derivedSection: z
    .object({
      miscInfoModule: z
        .object({
          submissionTracking: z.object({ submissionInfos: z.array(Submission).optional() }).optional(),
        })
        .optional(),
      conditionBrowseModule: z
        .object({ meshes: z.array(Mesh).optional(), ancestors: z.array(Mesh).optional() })
        .optional(),
    })
    .optional(),
});
export type RawStudy = z.infer<typeof RawStudy>;

/** A page of the list; each study is read on its own, so that a bad one harms no other. */
export const PagedStudies = z.object({
  studies: z.array(z.unknown()),
  nextPageToken: z.string().min(1).optional(),
  totalCount: z.int().min(0).optional(),
});
export type PagedStudies = z.infer<typeof PagedStudies>;

export const Version = z.object({ dataTimestamp: z.string().regex(/^\d{4}-\d\d-\d\dT/) });
