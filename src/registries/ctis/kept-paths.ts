import { cutMail, cutPersonal, namesPerson } from '../personal.ts';

/**
 * The paths of a retrieve answer that are kept (X10). All else is cut off before anything is stored: persons,
 * e-mail addresses, phones, contacts, third parties, titles of documents, and some megabytes of noise. What
 * people wrote about themselves is cut from a `text` as well; a `number` may look like a telephone's. Lists
 * have the form of their entries.
 */
type Kept = 'text' | 'number' | 'department' | { readonly [key: string]: Kept };

const organisation = { name: 'text', type: 'text', businessKey: 'number' } as const;
const translations = { attributeTranslation: 'text', languageDescription: 'text' } as const;
const dated = { notificationType: 'text', date: 'text' } as const;
const period = {
  fromDate: 'text',
  trialStartDate: 'text',
  trialEndDate: 'text',
  recruitmentStartDate: 'text',
  recruitmentEndDate: 'text',
} as const;

const retrieveAnswer = {
  ctNumber: 'number',
  ctPublicStatusCode: 'text',
  startDateEU: 'text',
  endDateEU: 'text',
  endDate: 'text',
  decisionDate: 'text',
  publishDate: 'text',
  authorizedApplication: {
    authorizedPartI: {
      products: {
        part1MpRoleTypeCode: 'text',
        productName: 'text',
        jsonActiveSubstanceNames: 'text',
      },
      trialDetails: {
        clinicalTrialIdentifiers: {
          fullTitle: 'text',
          publicTitle: 'text',
          publicTitleTranslations: translations,
          shortTitle: 'text',
          secondaryIdentifyingNumbers: {
            nctNumber: { number: 'number' },
            whoUniversalTrialNumber: { number: 'number' },
            additionalRegistries: { number: 'number', otherRegistryName: 'text', ctRegistryCode: 'text' },
          },
        },
        trialInformation: {
          trialCategory: { trialPhase: 'text' },
          medicalCondition: {
            partIMedicalConditions: { medicalCondition: 'text' },
            meddraConditionTerms: { termName: 'text' },
          },
          trialObjective: { mainObjective: 'text' },
          eligibilityCriteria: {
            principalInclusionCriteria: { number: 'text', principalInclusionCriteria: 'text' },
            principalExclusionCriteria: { number: 'text', principalExclusionCriteria: 'text' },
          },
          endPoint: {
            primaryEndPoints: { number: 'text', endPoint: 'text' },
            secondaryEndPoints: { number: 'text', endPoint: 'text' },
          },
          trialDuration: { estimatedEndDate: 'text', estimatedRecruitmentStartDate: 'text' },
          populationOfTrialSubjects: {
            ageRanges: { ageRangeCategoryCode: 'text' },
            clinicalTrialGroups: { name: 'text' },
            isFemaleSubjects: 'text',
            isMaleSubjects: 'text',
          },
        },
        protocolInformation: {
          studyDesign: { periodDetails: { armDetails: { title: 'text', description: 'text' } } },
        },
      },
      medicalConditions: { medicalCondition: 'text' },
      sponsors: { primary: 'text', isCommercial: 'text', organisation },
    },
    authorizedPartsII: {
      mscInfo: {
        mscName: 'text',
        countryName: 'text',
        hasRecruitmentStarted: 'text',
        trialPeriod: period,
        trialRecruitmentPeriod: period,
      },
      recruitmentSubjectCount: 'text',
      trialSites: {
        organisationAddressInfo: {
          organisation,
          address: { addressId: 'number', city: 'text', postcode: 'text', countryName: 'text' },
        },
        departmentName: 'department',
      },
    },
    memberStatesConcerned: { mscName: 'text', mscPublicStatusCode: 'text' },
    eudraCt: { eudraCtCode: 'number' },
  },
  events: { trialEvents: { mscName: 'text', events: dated } },
  results: {
    summaryResults: { id: 'number' },
    laypersonResults: { id: 'number' },
    clinicalStudyReports: { id: 'number' },
  },
} as const satisfies Kept;

/** A row of the search. */
const searchRow = {
  ctNumber: 'number',
  ctStatus: 'text',
  ctTitle: 'text',
  shortTitle: 'text',
  startDateEU: 'text',
  endDateEU: 'text',
  endDate: 'text',
  conditions: 'text',
  trialCountries: 'text',
  decisionDate: 'text',
  sponsor: 'text',
  sponsorType: 'text',
  trialPhase: 'text',
  ageGroup: 'text',
  gender: 'text',
  totalNumberEnrolled: 'text',
  product: 'text',
  resultsFirstReceived: 'text',
  lastUpdated: 'text',
  lastPublicationUpdate: 'text',
} as const satisfies Kept;

function keepValue(value: unknown, kept: Kept): unknown {
  if (Array.isArray(value)) return value.map((entry) => keepValue(entry, kept));
  if (typeof kept === 'object') {
    if (typeof value !== 'object' || value === null) return null;
    const entries = Object.entries(kept).flatMap(([key, part]) =>
      Object.hasOwn(value, key) ? [[key, keepValue((value as Record<string, unknown>)[key], part)]] : [],
    );
    return Object.fromEntries(entries);
  }
  if (typeof value === 'object') return null;
  if (typeof value !== 'string') return value;
  if (kept === 'department' && namesPerson(value)) return '';
  return kept === 'number' ? cutMail(value) : cutPersonal(value);
}

/** Whether an answer has the form of a search row. */
export function isSearchRow(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'trialCountries' in raw;
}

/** The kept parts of a retrieve answer or of a search row; null if it is neither. */
export function keepPaths(raw: unknown): unknown {
  return keepValue(raw, isSearchRow(raw) ? searchRow : retrieveAnswer);
}
