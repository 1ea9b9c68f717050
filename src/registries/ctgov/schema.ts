import { z } from 'zod';
import { trialStatuses } from '../../core/trial.ts';
import { code, day, partialDate, prose, text, texts } from '../text-values.ts';
import * as codes from './codes.ts';
import {
  RawContact,
  RawDocument,
  RawReference,
  RawSharing,
  RawSite,
  RawViolation,
  Submission,
  UnpostedEvent,
} from './study-parts.ts';
import { DateStruct, meshId, nctId, PartialDateStruct } from './values.ts';

const Sponsor = z.object({ name: text, class: code(codes.agencyClasses).optional() });

const Mesh = z.object({ id: meshId, term: text.optional() });

const Outcome = z.object({
  measure: text.optional(),
  timeFrame: text.optional(),
  description: prose.optional(),
});

/**
 * The parts of a study of API v2 that we use, each value normalised. Modules are optional here: the required
 * ones depend on the requested fields. Everything else in a record is ignored, including its noise.
 */
export const RawStudy = z.object({
  protocolSection: z.object({
    identificationModule: z
      .object({
        nctId,
        nctIdAliases: z.array(nctId).optional(),
        orgStudyIdInfo: z.object({ id: text.optional() }).optional(),
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
        expandedAccessInfo: z
          .object({
            hasExpandedAccess: z.boolean().optional(),
            nctId: nctId.optional(),
            statusForNctId: code(trialStatuses).optional(),
          })
          .optional(),
        delayedPosting: z.boolean().optional(),
        dispFirstPostDateStruct: DateStruct.optional(),
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
        studyType: code(codes.studyTypeCodes).optional(),
        phases: z.array(code(codes.phaseCodes)).optional(),
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
        sex: code(codes.sexCodes).optional(),
        genderBased: z.boolean().optional(),
        genderDescription: text.optional(),
        studyPopulation: prose.optional(),
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
    oversightModule: z.object({ fdaaa801Violation: z.boolean().optional() }).optional(),
    referencesModule: z.object({ references: z.array(RawReference).optional() }).optional(),
    ipdSharingStatementModule: RawSharing.optional(),
  }),
  documentSection: z
    .object({ largeDocumentModule: z.object({ largeDocs: z.array(RawDocument).optional() }).optional() })
    .optional(),
  resultsSection: z.record(z.string(), z.unknown()).optional(),
  annotationSection: z
    .object({
      annotationModule: z
        .object({
          unpostedAnnotation: z.object({ unpostedEvents: z.array(UnpostedEvent).optional() }).optional(),
          violationAnnotation: z.object({ violationEvents: z.array(RawViolation).optional() }).optional(),
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
/** A study with normalised values. */
export type RawStudy = z.infer<typeof RawStudy>;

/** A page of the list. Each study is parsed separately, so that a bad one does not affect the others. */
export const PagedStudies = z.object({
  studies: z.array(z.instanceof(Buffer)),
  nextPageToken: z.string().min(1).optional(),
  totalCount: z.int().min(0).optional(),
});
/** A page of the list with unparsed studies. */
export type PagedStudies = z.infer<typeof PagedStudies>;

/** The time of the last data refresh: a real day, then a time without a zone. */
export const Version = z.object({
  dataTimestamp: z
    .string()
    .refine((stamp) => /^.{10}T/.test(stamp) && day.safeParse(stamp.slice(0, 10)).success),
});
