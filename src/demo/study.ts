/** A site of a made-up record: facility, city, country, and its status where the record gives one. */
export type DemoSite = {
  facility: string;
  city: string;
  country: string;
  state?: string;
  zip?: string;
  status?: string;
};

/** A date of a record, `yyyy-MM` or `yyyy-MM-dd`, with whether it is an estimate. */
export type DemoDate = readonly [date: string, type?: 'ACTUAL' | 'ESTIMATED'];

/** A recorded study in short form. Missing fields are left out of the record. */
export type DemoStudy = {
  id: string;
  title: string;
  status: string;
  summary: string;
  conditions: string[];
  /** Its MeSH headings in the registry, and those above them. */
  meshes?: [id: string, term: string][];
  ancestors?: [id: string, term: string][];
  studyType: 'INTERVENTIONAL' | 'OBSERVATIONAL';
  phases?: string[];
  design?: { interventionModel?: string; masking?: string; allocation?: string };
  enrollment?: readonly [count: number, type?: 'ACTUAL' | 'ESTIMATED'];
  criteria?: string;
  stdAges?: string[];
  ages?: readonly [from: string, to?: string];
  sex?: 'ALL';
  sponsor?: readonly [name: string, kind?: 'INDUSTRY' | 'OTHER'];
  ownId?: string;
  whyStopped?: string;
  lastKnownStatus?: string;
  /** When the sponsor last confirmed the record, `yyyy-MM` or `yyyy-MM-dd`. */
  verified?: string;
  firstPosted?: string;
  /** When its last update was posted. */
  updated?: string;
  start?: DemoDate;
  primaryCompletion?: DemoDate;
  completion?: DemoDate;
  resultsPosted?: string;
  expandedAccess?: boolean;
  sites: DemoSite[];
};

/**
 * A study in the form of API v2. `versionHolder` is the day of the refresh, which every real record carries and which
 * means no change.
 */
export function toRecord(study: DemoStudy, versionHolder: string): object {
  const { id, title, status, sponsor, enrollment, ages } = study;
  const sites = study.sites.map(({ ...site }) => site);
  return {
    protocolSection: {
      identificationModule: {
        nctId: id,
        briefTitle: title,
        ...(study.ownId ? { orgStudyIdInfo: { id: study.ownId } } : {}),
      },
      statusModule: {
        overallStatus: status,
        ...given('lastKnownStatus', study.lastKnownStatus),
        ...given('whyStopped', study.whyStopped),
        ...given('statusVerifiedDate', study.verified),
        ...(study.expandedAccess === undefined
          ? {}
          : { expandedAccessInfo: { hasExpandedAccess: study.expandedAccess } }),
        ...date('startDateStruct', study.start),
        ...date('primaryCompletionDateStruct', study.primaryCompletion),
        ...date('completionDateStruct', study.completion),
        ...date('studyFirstPostDateStruct', study.firstPosted && [study.firstPosted, 'ACTUAL']),
        ...date('resultsFirstPostDateStruct', study.resultsPosted && [study.resultsPosted, 'ACTUAL']),
        ...date('lastUpdatePostDateStruct', study.updated && [study.updated, 'ACTUAL']),
      },
      // A record without these modules would be quarantined as incomplete, so unknown ones are present but empty.
      sponsorCollaboratorsModule: sponsor
        ? { leadSponsor: { name: sponsor[0], ...given('class', sponsor[1]) } }
        : { collaborators: [] },
      descriptionModule: { briefSummary: study.summary },
      conditionsModule: { conditions: study.conditions },
      designModule: {
        studyType: study.studyType,
        ...given('phases', study.phases),
        ...(study.design ? { designInfo: design(study.design) } : {}),
        ...(enrollment ? { enrollmentInfo: { count: enrollment[0], ...given('type', enrollment[1]) } } : {}),
      },
      eligibilityModule: {
        eligibilityCriteria: study.criteria ?? '',
        ...given('sex', study.sex),
        ...given('minimumAge', ages?.[0]),
        ...given('maximumAge', ages?.[1]),
        ...given('stdAges', study.stdAges),
      },
      contactsLocationsModule: { locations: sites },
    },
    derivedSection: {
      miscInfoModule: { versionHolder },
      conditionBrowseModule: {
        meshes: (study.meshes ?? []).map(([id, term]) => ({ id, term })),
        ancestors: (study.ancestors ?? []).map(([id, term]) => ({ id, term })),
      },
    },
    hasResults: study.resultsPosted !== undefined,
  };
}

function given(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}

function date(name: string, value: DemoDate | '' | undefined): object {
  return value ? { [name]: { date: value[0], ...given('type', value[1]) } } : {};
}

function design({ interventionModel, masking, allocation }: NonNullable<DemoStudy['design']>): object {
  return {
    ...given('allocation', allocation),
    ...given('interventionModel', interventionModel),
    ...(masking ? { maskingInfo: { masking } } : {}),
  };
}
