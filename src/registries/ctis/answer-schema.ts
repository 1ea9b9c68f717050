import { z } from 'zod';
import { day, prose, text } from '../text-values.ts';
import { isEuNumber } from './eu-numbers.ts';
import { portalStatus } from './statuses.ts';

/** The registry writes this in place of a text that its sponsor keeps secret. */
const secret = /^commercially confidential information\.?$/i;

/** A text that the registry replaced because it is confidential. */
export const isConfidential = (value: string) => secret.test(value);

/** Codes come as texts and as numbers. */
const written = z.union([z.string(), z.number().transform(String)]);
/** One line of text, or a code. */
export const line = written.pipe(text).nullish();
const lines = written.pipe(prose).nullish();
const list = <T extends z.ZodType>(entry: T) =>
  z
    .array(entry)
    .nullish()
    .transform((found) => found ?? []);

/** An EU number in its canonical form. */
export const euNumber = text.refine(isEuNumber, { error: 'is not an EU number' });

/** A status of the portal by its code. An unknown code is a fault (C9). */
export const statusOfCode = z.number().transform((value, context) => {
  const found = portalStatus(value);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: `the code ${value} is not known` });
  return z.NEVER;
});

/** The day of an instant or of a day, also as rows write it: DD/MM/YYYY. The registry gives no zone. */
export const dayOf = z
  .string()
  .transform(
    (value) =>
      value
        .trim()
        .replace(/^(\d\d)\/(\d\d)\/(\d{4})/, '$3-$2-$1')
        .slice(0, 10) || null,
  )
  .pipe(day.nullable())
  .nullish();

/** A number of persons or of an entry. */
export const wholeNumber = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^\d*$/)
      .transform((digits) => (digits === '' ? null : Number(digits))),
  ])
  .nullish();

const Criterion = z.object({ number: wholeNumber });
const EndPoint = z.object({ number: wholeNumber, endPoint: lines });
/** A period of a country: the trial, or its recruitment. */
const Period = z.object({
  fromDate: dayOf,
  trialStartDate: dayOf,
  trialEndDate: dayOf,
  recruitmentStartDate: dayOf,
  recruitmentEndDate: dayOf,
});
/** A period with normalised values. */
export type Period = z.infer<typeof Period>;

const Organisation = z.object({ name: line, type: line, businessKey: line });

const TrialSite = z.object({
  organisationAddressInfo: z
    .object({
      organisation: Organisation.nullish(),
      address: z.object({ city: line, postcode: line, countryName: line }).nullish(),
    })
    .nullish(),
  departmentName: line,
});
/** A site with normalised values. */
export type TrialSite = z.infer<typeof TrialSite>;

/** The part of an application that one country has authorised. */
const PartTwo = z.object({
  mscInfo: z
    .object({
      mscName: line,
      countryName: line,
      hasRecruitmentStarted: z.boolean().nullish(),
      trialPeriod: list(Period),
      trialRecruitmentPeriod: list(Period),
    })
    .nullish(),
  recruitmentSubjectCount: wholeNumber,
  trialSites: list(TrialSite),
});
/** Such a part with normalised values. */
export type PartTwo = z.infer<typeof PartTwo>;

const MemberState = z.object({ mscName: text, mscPublicStatusCode: statusOfCode.nullish() });

const trialInformation = z.object({
  trialCategory: z.object({ trialPhase: line }).nullish(),
  medicalCondition: z
    .object({
      partIMedicalConditions: list(z.object({ medicalCondition: line })),
      meddraConditionTerms: list(z.object({ termName: line })),
    })
    .nullish(),
  trialObjective: z.object({ mainObjective: lines }).nullish(),
  eligibilityCriteria: z
    .object({
      principalInclusionCriteria: list(Criterion.extend({ principalInclusionCriteria: lines })),
      principalExclusionCriteria: list(Criterion.extend({ principalExclusionCriteria: lines })),
    })
    .nullish(),
  endPoint: z.object({ primaryEndPoints: list(EndPoint), secondaryEndPoints: list(EndPoint) }).nullish(),
  trialDuration: z.object({ estimatedEndDate: dayOf, estimatedRecruitmentStartDate: dayOf }).nullish(),
  populationOfTrialSubjects: z
    .object({
      ageRanges: list(z.object({ ageRangeCategoryCode: line })),
      clinicalTrialGroups: list(z.object({ name: line })),
      isFemaleSubjects: z.boolean().nullish(),
      isMaleSubjects: z.boolean().nullish(),
    })
    .nullish(),
});

const OtherNumber = z.object({ number: line, otherRegistryName: line });

const PartOne = z.object({
  products: list(z.object({ part1MpRoleTypeCode: line, productName: line, jsonActiveSubstanceNames: line })),
  trialDetails: z.object({
    clinicalTrialIdentifiers: z.object({
      fullTitle: line,
      publicTitle: line,
      publicTitleTranslations: list(z.object({ attributeTranslation: line, languageDescription: line })),
      shortTitle: line,
      secondaryIdentifyingNumbers: z
        .object({
          nctNumber: OtherNumber.nullish(),
          whoUniversalTrialNumber: OtherNumber.nullish(),
          additionalRegistries: list(OtherNumber),
        })
        .nullish(),
    }),
    trialInformation,
    protocolInformation: z
      .object({
        studyDesign: z
          .object({
            periodDetails: list(
              z.object({ armDetails: list(z.object({ title: line, description: lines })) }),
            ),
          })
          .nullish(),
      })
      .nullish(),
  }),
  medicalConditions: list(z.object({ medicalCondition: line })),
  sponsors: list(
    z.object({
      primary: z.boolean().nullish(),
      isCommercial: z.boolean().nullish(),
      organisation: Organisation.nullish(),
    }),
  ),
});
/** What is the same for all countries, with normalised values. */
export type PartOne = z.infer<typeof PartOne>;

/**
 * A retrieve answer, each value normalised: what `keepPaths` keeps. `ctStatus`, which is a text of the
 * application and not the recruitment status, is not among it.
 */
export const RetrieveAnswer = z.object({
  ctNumber: euNumber,
  ctPublicStatusCode: statusOfCode,
  startDateEU: dayOf,
  endDateEU: dayOf,
  endDate: dayOf,
  publishDate: dayOf,
  authorizedApplication: z.object({
    authorizedPartI: PartOne,
    authorizedPartsII: list(PartTwo),
    memberStatesConcerned: list(MemberState),
    eudraCt: z.object({ eudraCtCode: line }).nullish(),
  }),
  events: z
    .object({
      trialEvents: list(
        z.object({ mscName: line, events: list(z.object({ notificationType: line, date: dayOf })) }),
      ),
    })
    .nullish(),
  results: z
    .object({
      summaryResults: list(z.unknown()),
      laypersonResults: list(z.unknown()),
      clinicalStudyReports: list(z.unknown()),
    })
    .nullish(),
});
/** A retrieve answer with normalised values. */
export type RetrieveAnswer = z.infer<typeof RetrieveAnswer>;
