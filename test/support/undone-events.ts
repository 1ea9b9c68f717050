/** A raw registry record, as far as events are undone in it. */
type Raw = {
  protocolSection: {
    identificationModule: { nctId: string };
    statusModule: StatusModule;
    designModule?: { enrollmentInfo?: { count?: number; type?: string } };
    eligibilityModule?: { eligibilityCriteria?: string };
    contactsLocationsModule?: { locations?: RawSite[] };
  };
  resultsSection?: unknown;
  hasResults?: boolean;
};
type DateStruct = { date?: string; type?: string };
type StatusModule = {
  overallStatus: string;
  lastKnownStatus?: string;
  whyStopped?: string;
  statusVerifiedDate?: string;
  startDateStruct?: DateStruct;
  primaryCompletionDateStruct?: DateStruct;
  completionDateStruct?: DateStruct;
  resultsFirstPostDateStruct?: DateStruct;
  lastUpdatePostDateStruct?: DateStruct;
};
type RawSite = { status?: string; facility?: string; city?: string };

/** An event that a record dates: the record before it, and what has to be told of it, nothing else. */
type UndoneEvent = { before: Raw; told: string[] };
type Undo = (record: Raw) => UndoneEvent | null;

const withStatus = (record: Raw, status: Partial<StatusModule>): Raw => ({
  ...record,
  protocolSection: {
    ...record.protocolSection,
    statusModule: { ...record.protocolSection.statusModule, ...status },
  },
});
const withSites = (record: Raw, locations: RawSite[]): Raw => ({
  ...record,
  protocolSection: {
    ...record.protocolSection,
    contactsLocationsModule: { ...record.protocolSection.contactsLocationsModule, locations },
  },
});
const statusOf = (record: Raw) => record.protocolSection.statusModule;
const sitesOf = (record: Raw) => record.protocolSection.contactsLocationsModule?.locations ?? [];
const without = <T extends object>(object: T, key: keyof T): T => {
  const { [key]: _gone, ...rest } = object;
  return rest as T;
};

/** A date that became actual: the day before, it was estimated. */
const dateOf =
  (field: 'startDateStruct' | 'primaryCompletionDateStruct' | 'completionDateStruct', kind: string): Undo =>
  (record) => {
    const date = statusOf(record)[field];
    if (date?.type !== 'ACTUAL' || statusOf(record).overallStatus === 'WITHDRAWN') return null;
    return { before: withStatus(record, { [field]: { ...date, type: 'ESTIMATED' } }), told: [kind] };
  };

/** A status and the reason that came with it; the dates stay as they are. */
const statusFrom =
  (after: readonly string[], before: string): Undo =>
  (record) => {
    const status = statusOf(record);
    if (!after.includes(status.overallStatus) || sitesOf(record).some((site) => site.status)) return null;
    const undone = withStatus(record, { overallStatus: before });
    undone.protocolSection.statusModule = without(undone.protocolSection.statusModule, 'whyStopped');
    undone.protocolSection.statusModule = without(undone.protocolSection.statusModule, 'lastKnownStatus');
    return { before: undone, told: ['status'] };
  };

/** The events, by name. */
const undoneEvents: Record<string, Undo> = {
  'results were posted': (record) => {
    if (!statusOf(record).resultsFirstPostDateStruct || !record.resultsSection) return null;
    const before = without({ ...record, hasResults: false }, 'resultsSection');
    before.protocolSection = {
      ...record.protocolSection,
      statusModule: without(statusOf(record), 'resultsFirstPostDateStruct'),
    };
    return { before, told: ['results-posted'] };
  },
  'the start became actual': dateOf('startDateStruct', 'start-date'),
  'the primary completion became actual': dateOf('primaryCompletionDateStruct', 'primary-completion-date'),
  'the completion became actual': dateOf('completionDateStruct', 'completion-date'),
  'the trial finished or closed': statusFrom(['COMPLETED', 'ACTIVE_NOT_RECRUITING'], 'RECRUITING'),
  'the trial stopped or paused': statusFrom(['TERMINATED', 'SUSPENDED'], 'RECRUITING'),
  'the trial was withdrawn': statusFrom(['WITHDRAWN'], 'NOT_YET_RECRUITING'),
  'the trial fell silent': (record) => {
    const { overallStatus, lastKnownStatus } = statusOf(record);
    if (overallStatus !== 'UNKNOWN' || !lastKnownStatus) return null;
    const before = withStatus(record, { overallStatus: lastKnownStatus });
    before.protocolSection.statusModule = without(statusOf(before), 'lastKnownStatus');
    return { before, told: ['status'] };
  },
  'the trial opened with all its sites': (record) => {
    const sites = sitesOf(record);
    if (statusOf(record).overallStatus !== 'RECRUITING' || sites.length < 2) return null;
    if (!sites.every((site) => site.status === 'RECRUITING')) return null;
    const before = withSites(
      withStatus(record, { overallStatus: 'NOT_YET_RECRUITING' }),
      sites.map((site) => without(site, 'status')),
    );
    return { before, told: ['status', 'sites-status'] };
  },
  'one site opened': (record) => {
    const sites = sitesOf(record);
    const at = sites.findIndex((site) => site.status === 'RECRUITING');
    if (at < 0 || sites.length < 2) return null;
    return {
      before: withSites(record, sites.with(at, { ...sites[at], status: 'NOT_YET_RECRUITING' })),
      told: ['site-status'],
    };
  },
  'one site joined': (record) => {
    const sites = sitesOf(record);
    const last = sites.at(-1);
    if (!last || sites.length < 2 || statusOf(record).overallStatus === 'WITHDRAWN') return null;
    const isListed = sites
      .slice(0, -1)
      .some((site) => site.facility === last.facility && site.city === last.city);
    return isListed ? null : { before: withSites(record, sites.slice(0, -1)), told: ['site-added'] };
  },
  'enrollment fell short': (record) => {
    const info = record.protocolSection.designModule?.enrollmentInfo;
    if (info?.type !== 'ACTUAL' || !info.count || statusOf(record).overallStatus === 'WITHDRAWN') return null;
    const before = {
      ...record,
      protocolSection: {
        ...record.protocolSection,
        designModule: {
          ...record.protocolSection.designModule,
          enrollmentInfo: { count: info.count * 2, type: 'ESTIMATED' },
        },
      },
    };
    return { before, told: ['enrollment'] };
  },
  'a criterion was dropped': (record) => {
    const eligibility = record.protocolSection.eligibilityModule;
    if (!eligibility?.eligibilityCriteria) return null;
    const longer = `${eligibility.eligibilityCriteria}\n\n* Has never taken part in a trial of this kind`;
    const eligibilityModule = { ...eligibility, eligibilityCriteria: longer };
    return {
      before: { ...record, protocolSection: { ...record.protocolSection, eligibilityModule } },
      told: ['criteria'],
    };
  },
  'the sponsor only confirmed the record': (record) => ({
    before: withStatus(record, {
      statusVerifiedDate: '2020-01',
      lastUpdatePostDateStruct: { date: '2020-01-15', type: 'ACTUAL' },
    }),
    told: [],
  }),
};

/** Pairs of one event each, made from raw records: at most `most` of an event, the records in their order. */
export function undoEvents(
  records: readonly unknown[],
  most: number,
): { event: string; before: unknown; after: unknown; told: string[] }[] {
  return Object.entries(undoneEvents).flatMap(([event, undo]) => {
    const pairs = records.flatMap((record) => {
      const undone = undo(record as Raw);
      return undone ? [{ event, before: undone.before, after: record, told: undone.told }] : [];
    });
    return pairs.slice(0, most);
  });
}
