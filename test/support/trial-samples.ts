import type { Change, ChangedSite } from '../../src/core/change.ts';
import {
  composeDigest,
  type Digest,
  type DigestInput,
  type DigestItem,
  type Reason,
  type TrialCard,
} from '../../src/core/digests/digest.ts';

/** A card of a running trial, with overrides. */
export function makeCard(over: Partial<TrialCard> = {}): TrialCard {
  return {
    registry: 'ctgov',
    id: 'NCT05164042',
    title: 'CAR-T Cells for Relapsed or Refractory B-cell Acute Lymphoblastic Leukemia',
    status: 'RECRUITING',
    lastKnownStatus: null,
    whyStopped: null,
    verifiedOn: '2026-11',
    startDate: { date: '2025-02-05', precision: 'day', type: 'ACTUAL' },
    primaryCompletionDate: { date: '2028-02', precision: 'month', type: 'ESTIMATED' },
    completionDate: { date: '2029-02-28', precision: 'day', type: 'ESTIMATED' },
    firstPostedOn: '2024-12-20',
    lastUpdatePostedOn: '2026-11-19',
    resultsPostedOn: null,
    studyType: 'INTERVENTIONAL',
    phases: ['PHASE1', 'PHASE2'],
    enrollment: { count: 20, type: 'ESTIMATED' },
    sponsor: { name: 'Shenzhen University General Hospital', class: 'OTHER' },
    conditions: ['Relapsed/refractory B-ALL'],
    minimumAge: '14 Years',
    maximumAge: '70 Years',
    sex: 'ALL',
    siteCount: 3,
    recruitingSiteCount: 2,
    countries: ['China', 'Italy'],
    ...over,
  };
}

export const reasonTrial: Reason = {
  subscriptionId: 1,
  kind: 'trial',
  words: 'NCT05164042',
  since: '2026-05-03T10:00:00.000Z',
  match: { by: 'trial' },
};

export const reasonCondition: Reason = {
  subscriptionId: 2,
  kind: 'condition',
  words: 'leukemia',
  since: '2026-09-14T10:00:00.000Z',
  match: { by: 'beneath', words: 'Precursor Cell Lymphoblastic Leukemia-Lymphoma' },
};

export function makeSite(over: Partial<ChangedSite> = {}): ChangedSite {
  return {
    ref: 1,
    facility: 'University Hospital',
    city: 'Leipzig',
    state: 'Saxony',
    country: 'Germany',
    lat: null,
    lon: null,
    ...over,
  };
}

export const statusChange: Change = {
  facet: 'status',
  kind: 'status',
  before: 'NOT_YET_RECRUITING',
  after: 'RECRUITING',
};
export const pauseChange: Change = {
  facet: 'status',
  kind: 'status',
  before: 'RECRUITING',
  after: 'SUSPENDED',
  whyStopped: 'Temporary hold while the safety board reviews two events',
};
const month = (date: string) => ({ date, precision: 'month', type: 'ESTIMATED' }) as const;

/** One change of each kind, as the comparison produces them. */
export const everyChange: Change[] = [
  statusChange,
  { facet: 'expanded-access', kind: 'expanded-access', before: 'AVAILABLE', after: 'NO_LONGER_AVAILABLE' },
  { facet: 'results', kind: 'results-posted', before: null, after: '2026-11-19' },
  {
    facet: 'dates',
    kind: 'primary-completion-date',
    before: month('2027-08'),
    after: month('2028-02'),
  },
  {
    facet: 'dates',
    kind: 'completion-date',
    before: month('2028-02'),
    after: { date: '2099-01-01', precision: 'day', type: 'ESTIMATED' },
    implausible: 'too-late',
  },
  {
    facet: 'dates',
    kind: 'start-date',
    before: month('2025-02'),
    after: { date: '2025-02-05', precision: 'day', type: 'ACTUAL' },
  },
  {
    facet: 'sites',
    kind: 'sites-status',
    before: null,
    after: 'RECRUITING',
    count: 221,
    statuses: { RECRUITING: 200, NOT_YET_RECRUITING: 21 },
  },
  { facet: 'sites', kind: 'site-added', before: null, after: 'RECRUITING', site: makeSite() },
  {
    facet: 'sites',
    kind: 'site-removed',
    before: 'RECRUITING',
    after: null,
    site: makeSite({
      ref: 2,
      facility: 'IRCCS Ospedale Pediatrico Bambino Gesù',
      city: 'Roma',
      state: '',
      country: 'Italy',
    }),
  },
  {
    facet: 'sites',
    kind: 'site-status',
    before: 'RECRUITING',
    after: 'SUSPENDED',
    site: makeSite({
      ref: 3,
      facility: 'University of Iowa',
      city: 'Iowa City',
      state: 'Iowa',
      country: 'United States',
    }),
  },
  {
    facet: 'enrollment',
    kind: 'enrollment',
    before: { count: 20, type: 'ESTIMATED' },
    after: { count: 1200, type: 'ESTIMATED' },
  },
  { facet: 'eligibility', kind: 'minimum-age', before: '18 Years', after: '14 Years' },
  { facet: 'design', kind: 'phase', before: ['PHASE1'], after: ['PHASE1', 'PHASE2'] },
  {
    facet: 'eligibility',
    kind: 'criteria',
    before: [{ list: 'inclusion', text: 'CD19 positive' }],
    after: [
      { list: 'inclusion', text: 'CD19 positive' },
      { list: 'exclusion', text: 'Transplant within 100 days' },
    ],
  },
  { facet: 'conditions', kind: 'conditions', before: ['B-ALL'], after: ['B-ALL', 'Lymphoma'] },
  { facet: 'title', kind: 'title', before: 'CAR-T cells', after: 'CAR-T cells for B-ALL' },
  { facet: 'sponsor', kind: 'sponsor', before: 'University A', after: 'University B' },
  { facet: 'contacts', kind: 'contacts', before: '0a1b2c3d', after: '4d3c2b1a' },
];

export const hostileText = [
  '<script>alert(1)</script><img src=x onerror=alert(2)> & "quotes" \'single\' javascript:alert(3)',
  '\r\nBcc: victim@example.net\r\n\r\n--boundary\u0000\u0007\u001b[31m red \u202egnirts\u202c zero\u200bwidth',
  'https://evil.example/phish <%= it.x %> {count} {{x}} %s',
].join(' ');

let nextId = 1;

export function makeItems(changes: readonly Change[], over: Partial<DigestItem> = {}): DigestItem[] {
  return changes.map((change) => {
    const id = nextId++;
    return {
      changeId: id,
      position: id,
      subscriptionId: 1,
      kind: 'told',
      detectedAt: '2026-11-20T14:30:00.000Z',
      version: 4,
      change,
      ...over,
    };
  });
}

export type SampleTrial = {
  card?: TrialCard;
  changes?: Change[];
  items?: DigestItem[];
  reasons?: Reason[];
  near?: DigestInput['trials'][number]['near'];
  linked?: TrialCard[];
};

/** Composes a digest of these trials like the planner. Throws if nothing is left. */
export function makeDigest(trials: SampleTrial[]): Digest {
  const digest = composeDigest({
    trials: trials.map(({ card, changes, items, reasons, near, linked }) => ({
      card: card ?? makeCard(),
      items: items ?? makeItems(changes ?? [statusChange]),
      reasons: reasons ?? [reasonTrial],
      ...(near ? { near } : {}),
      ...(linked ? { linked } : {}),
    })),
    dataDay: '2026-11-20',
    readAt: '2026-11-20T14:30:00.000Z',
    now: '2026-11-21T08:00:00.000Z',
    timezone: 'Europe/Berlin',
  });
  if (digest === null) throw new Error('nothing left to tell');
  return digest;
}
