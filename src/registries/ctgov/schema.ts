import { z } from 'zod';
import { siteStatuses, trialStatuses } from '../../core/trial.ts';
import * as codes from './codes.ts';
import {
  code,
  DateStruct,
  day,
  meshId,
  nctId,
  PartialDateStruct,
  partialDate,
  prose,
  text,
  texts,
} from './values.ts';

const Sponsor = z.object({ name: text, class: code(codes.agencyClasses).optional() });

const Mesh = z.object({ id: meshId, term: text.optional() });

const Outcome = z.object({
  measure: text.optional(),
  timeFrame: text.optional(),
  description: prose.optional(),
});

/** A contact of a trial or of a site. */
export const RawContact = z.object({
  name: text.optional(),
  role: code(codes.contactRoles).optional(),
  phone: text.optional(),
  phoneExt: text.optional(),
  email: text.optional(),
  affiliation: text.optional(),
});
/** A contact with normalised values. */
export type RawContact = z.infer<typeof RawContact>;

/** A site of a trial. */
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
/** A site with normalised values. */
export type RawSite = z.infer<typeof RawSite>;

const Submission = z.object({
  releaseDate: day.optional(),
  unreleaseDate: day.optional(),
  unreleaseDateUnknown: z.boolean().optional(),
  resetDate: day.optional(),
});
/** A submission of results in the annotation. */
export type Submission = z.infer<typeof Submission>;

const UnpostedEvent = z.object({ type: code(codes.unpostedEventTypes), date: day.optional() });
/** An event of the submission tracking. */
export type UnpostedEvent = z.infer<typeof UnpostedEvent>;

/** A paper that a record cites. */
export const RawReference = z.object({
  pmid: text.optional(),
  type: code(codes.referenceTypes).optional(),
  citation: text.optional(),
  retractions: z.array(z.object({ pmid: text.optional(), source: text.optional() })).optional(),
});
/** A paper with normalised values. */
export type RawReference = z.infer<typeof RawReference>;

/** A notice of a violation by the U.S. FDA. */
export const RawViolation = z.object({
  type: code(codes.violationTypes).optional(),
  description: text.optional(),
  creationDate: day.optional(),
  issuedDate: day.optional(),
  releaseDate: day.optional(),
  postedDate: day.optional(),
});
/** A notice with normalised values. */
export type RawViolation = z.infer<typeof RawViolation>;

/** A document attached to a record. */
export const RawDocument = z.object({ label: text.optional(), date: partialDate.optional() });
/** A document with normalised values. */
export type RawDocument = z.infer<typeof RawDocument>;

/** The statement on sharing data. */
export const RawSharing = z.object({
  ipdSharing: code(codes.sharingPlans).optional(),
  description: prose.optional(),
  infoTypes: z.array(code(codes.sharedKinds)).optional(),
  timeFrame: prose.optional(),
  accessCriteria: prose.optional(),
  url: text.optional(),
});
/** The statement with normalised values. */
export type RawSharing = z.infer<typeof RawSharing>;

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
  studies: z.array(z.unknown()),
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
