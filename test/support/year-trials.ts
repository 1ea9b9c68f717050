import type { Json } from '../../src/core/change.ts';
import { completeTrial } from '../../src/core/complete-trial.ts';
import type { Site, SiteStatus, Trial, TrialStatus } from '../../src/core/trial.ts';

/** The trials that people follow; the last two are registered in the course of the year. */
export const trialIds = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `NCT0700000${n}`);
export const conditionNames = ['asthma', 'psoriasis'];
/** Trials that nobody follows, enough for a hold when they all change at once. */
export const chorusIds = Array.from({ length: 50 }, (_, at) => `NCT080000${String(at + 10)}`);

const siteNames = ['Zeta Clinic', 'Anna Hospital', 'Tongji Institute', 'Harbour Practice'];
const sitePlaces = [
  ['Bergen', 'Norway'],
  ['Lisbon', 'Portugal'],
  ['Wuhan', 'China'],
  ['Perth', 'Australia'],
] as const;

/** The values that a sponsor may change. Null for a site means that it is absent. */
export type Edit =
  | { what: 'status'; to: TrialStatus }
  | { what: 'primary' | 'completion'; to: string | null }
  | { what: 'site'; site: number; to: SiteStatus | null }
  | { what: 'enrollment'; to: number }
  | { what: 'results' };

/** A record on a day after a sponsor's edit. */
export function applyEdit(trial: Trial, edit: Edit, day: string): Trial {
  const estimated = (date: string | null) =>
    date === null ? null : { date, precision: 'day' as const, type: 'ESTIMATED' as const };
  switch (edit.what) {
    case 'status':
      return { ...trial, status: edit.to };
    case 'primary':
      return { ...trial, primaryCompletionDate: estimated(edit.to) };
    case 'completion':
      return { ...trial, completionDate: estimated(edit.to) };
    case 'enrollment':
      return { ...trial, enrollment: { count: edit.to, type: 'ESTIMATED' } };
    case 'results':
      return { ...trial, resultsPostedOn: trial.resultsPostedOn ?? day };
    case 'site': {
      const others = trial.sites.filter(({ facility }) => facility !== siteNames[edit.site]);
      return { ...trial, sites: edit.to === null ? others : [...others, makeSite(edit.site, edit.to)] };
    }
  }
}

function makeSite(at: number, status: SiteStatus): Site {
  const [city, country] = sitePlaces[at] ?? ['', ''];
  const facility = siteNames[at] ?? '';
  return {
    ref: null,
    facility,
    status,
    city,
    state: '',
    zip: '',
    country,
    lat: null,
    lon: null,
    orgId: null,
    department: '',
    contacts: [],
  };
}

/** The reportable values of a trial, by `facet/subject`. */
export function valuesOf(trial: Trial): Map<string, Json> {
  return new Map<string, Json>([
    ['status/status', trial.status],
    ['dates/primary-completion-date', trial.primaryCompletionDate?.date ?? null],
    ['dates/completion-date', trial.completionDate?.date ?? null],
    ['enrollment/enrollment', trial.enrollment?.count ?? null],
    ['results/results-posted', trial.resultsPostedOn],
    ...siteNames.map((name): [string, Json] => [
      `sites/${name}`,
      trial.sites.find(({ facility }) => facility === name)?.status ?? null,
    ]),
  ]);
}

/** A trial at the start of the year. */
export function makeTrial(id: string, updatedOn: string): Trial {
  return { ...completeTrial(makeBareTrial(id, updatedOn) as Trial), unread: [] };
}

function makeBareTrial(id: string, updatedOn: string): Partial<Trial> {
  const isChorus = chorusIds.includes(id);
  const at = trialIds.indexOf(id);
  const condition = isChorus ? 'Gout' : [0, 1, 2, 6].includes(at) ? 'Asthma' : 'Psoriasis';
  const mesh = { Gout: 'D006073', Asthma: 'D001249', Psoriasis: 'D011565' }[condition];
  const date = (day: string) => ({ date: day, precision: 'day', type: 'ESTIMATED' }) as const;
  const nothing = {
    aliases: [],
    secondaryIds: [],
    phases: [],
    collaborators: [],
    keywords: [],
    ancestors: [],
  };
  const unsaid = { officialTitle: null, acronym: null, lastKnownStatus: null, whyStopped: null };
  const unposted = { resultsPostedOn: null, resultsSubmittedOn: null, resultsHash: null };
  const undesigned = { allocation: null, interventionModel: null, masking: null, primaryPurpose: null };
  const anybody = { minimumAge: null, maximumAge: null, sex: null, healthyVolunteers: null };
  return {
    ...nothing,
    ...unsaid,
    ...unposted,
    ...undesigned,
    ...anybody,
    registry: 'ctgov',
    id,
    title: `Made-up trial ${id}`,
    status: 'RECRUITING',
    verifiedOn: '2026-10',
    startDate: { date: '2026-01-01', precision: 'day', type: 'ACTUAL' },
    primaryCompletionDate: date('2028-03-03'),
    completionDate: date('2029-05-05'),
    firstPostedOn: '2025-01-01',
    lastUpdatePostedOn: updatedOn,
    hasExpandedAccess: null,
    studyType: 'INTERVENTIONAL',
    observationalModel: null,
    timePerspective: null,
    enrollment: { count: 100, type: 'ESTIMATED' },
    sponsor: { name: 'A sponsor', class: 'OTHER' },
    conditions: [condition],
    meshes: [{ id: mesh, term: condition }],
    criteria: '',
    summary: 'Made up.',
    description: '',
    arms: [],
    interventions: [],
    outcomes: [],
    contacts: [],
    sites: [makeSite(0, 'RECRUITING')],
    unread: [],
  };
}
