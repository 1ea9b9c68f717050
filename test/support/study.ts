import { type LooseStudy, makeStudy } from './ctgov-study.ts';

/** A person in a made-up record. */
export type MadeUpPerson = { name: string; phone?: string; email?: string };

/** The parts of a made-up study that matter to a test; the rest comes from `test/fixtures/ctgov/asthma.json`. */
export type StudyParts = {
  status?: string;
  whyStopped?: string;
  title?: string;
  conditions?: string[];
  keywords?: string[];
  meshes?: { id: string; term: string }[];
  ancestors?: { id: string; term: string }[];
  aliases?: string[];
  /** Numbers that others gave it. */
  numbers?: string[];
  firstPostedOn?: string;
  updatedOn?: string;
  verifiedOn?: string;
  enrollment?: number;
  completion?: string;
  /**
   * Of these places (one in Bergen when not given), each `facility, city, country` and maybe `@ lat lon`; its status
   * is the trial's while that is RECRUITING.
   */
  sites?: string[];
  contact?: MadeUpPerson;
  summary?: string;
  /** Whom it takes. With conditions of its own, adults when not given. */
  criteria?: string;
};

/** The raw record of a made-up study with `parts`, without aliases; by default it recruits for asthma. */
export function study(id: string, parts: StudyParts = {}): LooseStudy {
  return makeStudy((raw) => {
    const { protocolSection: protocol, derivedSection: derived } = raw;
    const { identificationModule: identification, statusModule: status } = protocol;
    const { conditionsModule: conditions, contactsLocationsModule: places } = protocol;
    identification.nctId = id;
    identification.briefTitle = parts.title ?? `Made-up study ${id}`;
    delete identification.nctIdAliases;
    if (parts.aliases) identification.nctIdAliases = parts.aliases;
    if (parts.numbers) identification.secondaryIdInfos = parts.numbers.map((one) => ({ id: one }));
    if (parts.status) status.overallStatus = parts.status;
    if (parts.whyStopped) status.whyStopped = parts.whyStopped;
    if (parts.firstPostedOn) status.studyFirstPostDateStruct.date = parts.firstPostedOn;
    if (parts.updatedOn) status.lastUpdatePostDateStruct.date = parts.updatedOn;
    if (parts.verifiedOn) status.statusVerifiedDate = parts.verifiedOn;
    if (parts.completion) status.completionDateStruct = { date: parts.completion, type: 'ESTIMATED' };
    if (parts.enrollment) protocol.designModule.enrollmentInfo.count = parts.enrollment;
    if (parts.conditions) conditions.conditions = parts.conditions;
    if (parts.conditions && !parts.keywords) delete conditions.keywords;
    if (parts.keywords) conditions.keywords = parts.keywords;
    if (parts.meshes ?? parts.conditions) {
      derived.conditionBrowseModule = { meshes: parts.meshes ?? [], ancestors: parts.ancestors ?? [] };
    }
    if (parts.criteria ?? parts.conditions)
      protocol.eligibilityModule.eligibilityCriteria = parts.criteria ?? 'Inclusion Criteria:\n\n* Adults';
    if (parts.summary) protocol.descriptionModule.briefSummary = parts.summary;
    if (parts.contact) places.centralContacts = [{ role: 'CONTACT', ...parts.contact }];
    const sites = parts.sites ?? ['Zeta Clinic, Bergen, Norway'];
    places.locations = sites.map((place) => siteAt(place, status.overallStatus));
  });
}

function siteAt(place: string, status: string) {
  const [names = '', at] = place.split(' @ ');
  const [facility, city, country, zip] = names.split(', ');
  const [lat, lon] = at?.split(' ').map(Number) ?? [];
  return {
    facility,
    city,
    country,
    ...(zip ? { zip } : {}),
    ...(status === 'RECRUITING' ? { status } : {}),
    ...(at ? { geoPoint: { lat, lon } } : {}),
  };
}

/** `count` studies from NCT08000001 on, all with the same parts. */
export function manyStudies(count: number, parts: StudyParts = {}): LooseStudy[] {
  return Array.from({ length: count }, (_, at) =>
    study(`NCT${String(8_000_001 + at).padStart(8, '0')}`, parts),
  );
}
