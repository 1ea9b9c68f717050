import { withoutAddresses } from '../../errors.ts';

/**
 * The paths of a retrieve answer that are kept (X10). All else is cut off before anything is stored: persons,
 * e-mail addresses, phones, contacts, third parties, titles of documents, and some megabytes of noise. `text`
 * is a plain value. Lists have the form of their entries.
 */
type Kept = 'text' | 'department' | { readonly [key: string]: Kept };

const organisation = { name: 'text', type: 'text', businessKey: 'text' } as const;
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
  ctNumber: 'text',
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
            nctNumber: { number: 'text' },
            whoUniversalTrialNumber: { number: 'text' },
            additionalRegistries: { number: 'text', otherRegistryName: 'text', ctRegistryCode: 'text' },
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
          address: { addressId: 'text', city: 'text', postcode: 'text', countryName: 'text' },
        },
        departmentName: 'department',
      },
    },
    memberStatesConcerned: { mscName: 'text', mscPublicStatusCode: 'text' },
    eudraCt: { eudraCtCode: 'text' },
  },
  events: { trialEvents: { mscName: 'text', events: dated } },
  results: {
    summaryResults: { id: 'text' },
    laypersonResults: { id: 'text' },
    clinicalStudyReports: { id: 'text' },
  },
} as const satisfies Kept;

/** A row of the search. */
const searchRow = {
  ctNumber: 'text',
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

/** A department that bears a person's name: "Prof. Jane Sample", "Jane Sample, MD". */
const personsTitle = /(?:^|[^\p{L}])(?:(?:dr|prof|profa|dott|dra|drs|mudr|phd|mrs)(?:\.|\s|,|$))|,\s*md\b/iu;

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
  if (kept === 'department' && personsTitle.test(value)) return '';
  return withoutAddresses(value);
}

/** Whether an answer has the form of a search row. */
export function isSearchRow(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'trialCountries' in raw;
}

/** The kept parts of a retrieve answer or of a search row; null if it is neither. */
export function keepPaths(raw: unknown): unknown {
  return keepValue(raw, isSearchRow(raw) ? searchRow : retrieveAnswer);
}
