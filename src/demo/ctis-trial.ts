/** A hospital that takes part. */
export type CtisSite = { org: string; name: string; city: string; department?: string };

/** A country of a trial, with the portal's status code. */
export type CtisCountry = {
  name: string;
  code: number;
  startedOn?: string;
  recruitsFrom?: string;
  recruitsUntil?: string;
  planned?: number;
  sites?: CtisSite[];
  endedEarly?: boolean;
};

/** A trial of the EU register, from which its row and its record are made. */
export type CtisTrial = {
  id: string;
  /** The portal's own status code for the whole trial. */
  code: number;
  title: string;
  condition: string;
  countries: CtisCountry[];
  /** The day of the last decision, and of the last publication. */
  decidedOn: string;
  publishedOn: string;
  sponsor?: string;
  phase?: string;
  criteria?: { inclusion: string[]; exclusion: string[] };
  translatedTitle?: string;
  nct?: string;
  eudraCt?: string;
  hasResults?: boolean;
};

const slashed = (day: string) => day.split('-').reverse().join('/');

/** The row of a trial as the search delivers it. */
export function makeCtisRow(trial: CtisTrial): Record<string, unknown> {
  const { id, code, title, condition, countries, sponsor = 'Example Pharma Ltd' } = trial;
  const startedOn = earliestStart(trial);
  return {
    ctNumber: id,
    ctStatus: code,
    ctTitle: title,
    shortTitle: `EX-${id.slice(5, 11)}`,
    ...(startedOn ? { startDateEU: slashed(startedOn) } : {}),
    conditions: condition,
    trialCountries: countries.map((country) => `${country.name}:${country.code}`),
    decisionDateOverall: slashed(trial.decidedOn),
    decisionDate: countries.map(({ name }) => `${name}: ${slashed(trial.decidedOn)}`).join(', '),
    therapeuticAreas: ['Diseases [C] - Nervous System Diseases [C10]'],
    sponsor,
    sponsorType: 'Pharmaceutical company',
    trialPhase: 'Therapeutic confirmatory  (Phase III)',
    endPoint: 'Commercially confidential information',
    product: 'Examplumab',
    ageRangeSecondary: [''],
    ageGroup: '18-64 years',
    gender: 'Female, Male',
    trialRegion: 1,
    totalNumberEnrolled: String(countries.reduce((sum, { planned = 10 }) => sum + planned, 0)),
    primaryEndPoint: 'Annualised relapse rate',
    resultsFirstReceived: trial.hasResults ? 'Yes' : 'No',
    lastUpdated: slashed(trial.decidedOn),
    lastPublicationUpdate: slashed(trial.publishedOn),
  };
}

/**
 * The record of a trial as the portal retrieves it, with what must not be stored: persons, addresses, phones.
 * `edition` renumbers the internal ids and reverses the lists, as a new application does.
 */
export function makeCtisRecord(trial: CtisTrial, edition = 0): Record<string, unknown> {
  const { id, title, countries, sponsor = 'Example Pharma Ltd', phase = '5' } = trial;
  const { criteria = { inclusion: ['Age 18 to 64 years'], exclusion: ['Pregnancy'] } } = trial;
  let last = 1000 * (edition + 1);
  const next = () => ++last;
  const order = <T>(list: T[]): T[] => (edition % 2 === 0 ? list : list.toReversed());
  const organisation = (name: string, businessKey: string, type = 'Pharmaceutical company') => ({
    id: next(),
    type,
    name,
    commercial: type === 'Pharmaceutical company',
    isBusinessKeyValidated: true,
    businessKey,
    organisationLocationStatus: 'Active',
  });
  const person = {
    id: next(),
    firstName: 'Robin',
    lastName: 'Vzor',
    telephone: '+00 555 0100',
    email: 'robin.vzor@example.org',
    title: '1',
  };
  const numbered = (texts: string[], key: string) =>
    order(texts.map((text, at) => ({ id: next(), number: at + 1, [key]: text })));
  const startedOn = earliestStart(trial);
  const parts = countries.map((country) => {
    const mscId = next();
    const period = {
      id: next(),
      ...(country.recruitsFrom ? { recruitmentStartDate: country.recruitsFrom } : {}),
      ...(country.recruitsUntil ? { recruitmentEndDate: country.recruitsUntil } : {}),
      fromDate: country.recruitsFrom,
    };
    return {
      id: next(),
      mscId,
      mscInfo: {
        id: mscId,
        reportingStatusCode: 'Authorised',
        countryName: country.name,
        mscName: country.name,
        trialStatus: 'Authorised',
        trialPeriod: country.startedOn
          ? [{ id: next(), trialStartDate: country.startedOn, fromDate: country.startedOn }]
          : [],
        trialRecruitmentPeriod: country.recruitsFrom ? [period, { ...period, id: next() }] : [],
        hasRecruitmentStarted: country.recruitsFrom !== undefined,
        activeTrialRecruitmentPeriod: null,
      },
      decisionDate: trial.decidedOn,
      recruitmentSubjectCount: country.planned ?? 10,
      trialSites: order(
        (country.sites ?? []).map((site) => ({
          id: next(),
          organisationAddressInfo: {
            id: next(),
            organisation: organisation(site.name, site.org, 'Hospital/Clinic/Other health care facility'),
            address: { addressId: next(), city: site.city, postcode: '10000', countryName: country.name },
            phone: '+00 555 0101',
            email: 'site@example.org',
            businessKey: `LOC-${next()}`,
          },
          personInfo: person,
          departmentName: site.department ?? 'Neurology',
        })),
      ),
      applicationStatusCode: 'Authorised',
    };
  });
  return {
    ctNumber: id,
    ctStatus: 'Authorised',
    ...(startedOn ? { startDateEU: startedOn } : {}),
    decisionDate: `${trial.decidedOn}T15:14:59.077`,
    publishDate: `${trial.publishedOn}T03:39:42.531268872`,
    ctPublicStatusCode: trial.code,
    authorizedApplication: {
      authorizedPartI: {
        id: next(),
        products: [
          { id: next(), part1MpRoleTypeCode: '1', productName: 'Examplumab', evCode: `PRD${next()}` },
        ],
        trialDetails: {
          clinicalTrialIdentifiers: {
            fullTitle: title,
            publicTitle: title,
            publicTitleTranslations: trial.translatedTitle
              ? [
                  {
                    id: next(),
                    uuid: `uuid-${next()}`,
                    attributeTranslation: trial.translatedTitle,
                    language: 7,
                    languageDescription: 'Spanish',
                  },
                ]
              : [],
            shortTitle: `EX-${id.slice(5, 11)}`,
            secondaryIdentifyingNumbers: {
              ...(trial.nct ? { nctNumber: { id: next(), number: trial.nct } } : {}),
              additionalRegistries: [],
            },
          },
          trialInformation: {
            trialCategory: { isLowIntervention: false, trialPhase: phase, trialCategoryId: next() },
            medicalCondition: {
              partIMedicalConditions: [{ id: next(), medicalCondition: trial.condition }],
            },
            trialObjective: { mainObjective: 'To compare Examplumab with placebo.' },
            eligibilityCriteria: {
              principalInclusionCriteria: numbered(criteria.inclusion, 'principalInclusionCriteria'),
              principalExclusionCriteria: numbered(criteria.exclusion, 'principalExclusionCriteria'),
            },
            endPoint: {
              primaryEndPoints: numbered(['Annualised relapse rate'], 'endPoint'),
              secondaryEndPoints: [],
            },
            trialDuration: { estimatedEndDate: '2028-12-31', estimatedRecruitmentStartDate: '2026-01-15' },
            populationOfTrialSubjects: {
              ageRanges: [{ id: next(), ageRangeCategoryCode: '3', ageRangeCategory: '3' }],
              clinicalTrialGroups: [{ code: '2', name: 'Patients' }],
              isFemaleSubjects: true,
              isMaleSubjects: true,
            },
          },
          protocolInformation: { studyDesign: { periodDetails: [] } },
        },
        medicalConditions: [{ id: next(), medicalCondition: trial.condition }],
        sponsors: [
          {
            id: next(),
            primary: true,
            publicContacts: [
              { id: next(), functionalName: 'Robin Vzor', functionalEmailAddress: 'office@example.org' },
            ],
            scientificContacts: [{ id: next(), functionalName: 'Robin Vzor', telephone: '+00 555 0102' }],
            thirdParties: [{ id: next(), phoneNumber: '+00 555 0103', email: 'third@example.org' }],
            organisation: organisation(sponsor, 'ORG-100000001'),
            isCommercial: true,
          },
        ],
      },
      authorizedPartsII: order(parts),
      applicationInfo: [{ id: next(), type: 'INITIAL', status: 'Authorised', ctNumber: id }],
      memberStatesConcerned: order(
        countries.map(({ name, code }) => ({ mscName: name, mscId: next(), mscPublicStatusCode: code })),
      ),
      ...(trial.eudraCt ? { eudraCt: { isTransitioned: true, eudraCtCode: trial.eudraCt } } : {}),
    },
    events: {
      temporaryHaltList: [],
      trialEvents: countries.map(({ name, recruitsFrom, endedEarly }) => ({
        mscName: name,
        events: [
          ...(recruitsFrom ? [{ notificationType: 'START_OF_RECRUITMENT', date: recruitsFrom }] : []),
          ...(endedEarly ? [{ notificationType: 'EARLY_TERMINATION', date: trial.decidedOn }] : []),
        ],
      })),
    },
    results: trial.hasResults
      ? { summaryResults: [{ id: next() }], laypersonResults: [], clinicalStudyReports: [] }
      : {},
    documents: [{ title: 'CV of Robin Vzor', uuid: `uuid-${next()}`, documentType: '14' }],
    trialRegion: 'EEA only',
  };
}

function earliestStart({ countries }: CtisTrial): string | undefined {
  return countries.flatMap(({ startedOn }) => startedOn ?? []).sort()[0];
}
