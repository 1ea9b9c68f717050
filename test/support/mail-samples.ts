import type { Change, ChangedSite } from '../../src/core/change.ts';
import {
  composeDigest,
  type Digest,
  type DigestItem,
  type Reason,
  type TrialCard,
} from '../../src/core/digest.ts';
import type { RenderedMail } from '../../src/mail/message.ts';
import { type MailContext, type MailData, type MailName, renderMail } from '../../src/mail/render.ts';

/** A card of a running trial, with whatever a test wants otherwise. */
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

/** One change of each kind, as comparing yields them. */
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
      change,
      ...over,
    };
  });
}

export type SampleTrial = { card?: TrialCard; changes?: Change[]; items?: DigestItem[]; reasons?: Reason[] };

/** A digest of these trials, composed as the planner would. Throws when nothing is left of them. */
export function makeDigest(trials: SampleTrial[]): Digest {
  const digest = composeDigest({
    trials: trials.map(({ card, changes, items, reasons }) => ({
      card: card ?? makeCard(),
      items: items ?? makeItems(changes ?? [statusChange]),
      reasons: reasons ?? [reasonTrial],
    })),
    dataDay: '2026-11-20',
    readAt: '2026-11-20T14:30:00.000Z',
    now: '2026-11-21T08:00:00.000Z',
    timezone: 'Europe/Berlin',
  });
  if (digest === null) throw new Error('nothing left to tell');
  return digest;
}

export const context: MailContext = {
  language: 'en',
  baseUrl: 'https://bell.example.org',
  operator: {
    name: 'The Trialbell Society',
    address: 'Glockengasse 1, 50667 Köln, Germany',
    privacyContact: 'privacy@example.org',
  },
};

export function digestData(digest: Digest): MailData['digest'] {
  return {
    digest,
    tokens: { digest: 'dGhlLWRpZ2VzdA', unsubscribe: 'c3RvcC1pdA', manage: 'bWFuYWdl' },
    recordUrl: ({ id }) => `https://clinicaltrials.gov/study/${id}`,
  };
}

function manyTrials(count: number): SampleTrial[] {
  return Array.from({ length: count }, (_, n) => ({
    card: makeCard({
      id: `NCT${String(5_000_000 + n).padStart(8, '0')}`,
      title: `Trial number ${n + 1} of a long list`,
    }),
    changes: [everyChange[n % 11] ?? statusChange, everyChange[(n * 7 + 3) % 11] ?? statusChange],
  }));
}

const manySites: Change[] = Array.from({ length: 60 }, (_, n) => ({
  facet: 'sites',
  kind: n % 4 === 3 ? 'site-removed' : 'site-added',
  before: n % 4 === 3 ? 'RECRUITING' : null,
  after: n % 4 === 3 ? null : 'RECRUITING',
  site: makeSite({
    ref: n + 1,
    facility: `Research Site ${n + 1}`,
    city: ['Leipzig', 'Lyon', 'Leeds'][n % 3] ?? '',
    state: '',
    country: ['Germany', 'France', 'United Kingdom'][n % 3] ?? '',
  }),
}));

type Sample = { [Name in MailName]: { name: Name; data: MailData[Name]; context?: MailContext } }[MailName];

/** Every mail in every state worth looking at. */
export const samples: { [state: string]: Sample } = {
  'one-change': { name: 'digest', data: digestData(makeDigest([{}])) },
  story: {
    name: 'digest',
    data: digestData(
      makeDigest([
        { reasons: [reasonTrial, reasonCondition], changes: [statusChange, everyChange[7] ?? statusChange] },
        {
          card: makeCard({
            id: 'NCT04532203',
            title: 'CAR-T Cells for Acute Lymphoblastic Leukemia with Central Nervous System Involvement',
            status: 'SUSPENDED',
            verifiedOn: '2026-05',
          }),
          changes: [pauseChange, everyChange[3] ?? statusChange],
        },
      ]),
    ),
    // Shown in the README: real trials, made-up changes.
    context: { ...context, demo: true },
  },
  'all-facets': { name: 'digest', data: digestData(makeDigest([{ changes: everyChange }])) },
  'few-minor': { name: 'digest', data: digestData(makeDigest([{ changes: everyChange.slice(11, 13) }])) },
  'old-record': {
    name: 'digest',
    data: digestData(
      makeDigest([
        {
          card: makeCard({
            status: 'UNKNOWN',
            verifiedOn: '2021-12',
            completionDate: { date: '2024-02-29', precision: 'day', type: 'ESTIMATED' },
          }),
          changes: [{ facet: 'status', kind: 'status', before: 'RECRUITING', after: 'UNKNOWN' }],
        },
      ]),
    ),
  },
  'new-trial': {
    name: 'digest',
    data: digestData(
      makeDigest([
        {
          changes: [{ facet: 'registration', kind: 'registered', before: null, after: null }],
          reasons: [reasonCondition],
        },
        {
          card: makeCard({
            id: 'NCT04787263',
            title: 'Anti-CD19 CAR-T in Children',
            phases: ['EARLY_PHASE1'],
          }),
          items: makeItems([statusChange], { kind: 'entered' }),
          reasons: [{ ...reasonCondition, match: { by: 'phrase', words: 'leukemia' } }],
        },
        {
          card: makeCard({ id: 'NCT02186860', title: 'CAR-T for ALL, single arm' }),
          changes: [{ facet: 'registration', kind: 'removed', before: null, after: null }],
        },
      ]),
    ),
  },
  'many-sites': { name: 'digest', data: digestData(makeDigest([{ changes: manySites }])) },
  'forty-changes': { name: 'digest', data: digestData(makeDigest(manyTrials(40))) },
  'two-hundred': { name: 'digest', data: digestData(makeDigest(manyTrials(200))) },
  hostile: {
    name: 'digest',
    data: digestData(
      makeDigest([
        {
          card: makeCard({
            title: hostileText.repeat(3000),
            conditions: [hostileText],
            sponsor: { name: hostileText, class: null },
            countries: [hostileText],
            minimumAge: hostileText,
          }),
          changes: [
            { ...pauseChange, whyStopped: hostileText.repeat(20) },
            {
              facet: 'sites',
              kind: 'site-added',
              before: null,
              after: null,
              site: makeSite({ facility: hostileText, city: `${'W'.repeat(300)}`, country: hostileText }),
            },
          ],
          reasons: [{ ...reasonCondition, words: hostileText, match: { by: 'phrase', words: hostileText } }],
        },
        {
          card: makeCard({ id: 'NCT00000002', title: hostileText, conditions: [hostileText] }),
          items: makeItems([statusChange], { kind: 'entered' }),
          reasons: [reasonCondition],
        },
      ]),
    ),
  },
  'right-to-left': {
    name: 'digest',
    data: digestData(
      makeDigest([
        { card: makeCard({ title: 'تجربة سريرية لعلاج ابيضاض الدم الليمفاوي الحاد (CAR-T) لدى الأطفال' }) },
      ]),
    ),
  },
  demo: {
    name: 'digest',
    data: digestData(makeDigest([{ changes: [pauseChange] }])),
    context: { ...context, demo: true },
  },
  confirmation: { name: 'confirmation', data: { token: 'Y29uZmlybS1pdC1wbGVhc2U' } },
  alert: {
    name: 'alert',
    data: {
      title: 'the registry’s data is older than 48 hours',
      lines: [
        'ClinicalTrials.gov was last read with data of 17 November 2026.',
        'Three polls since then failed: the registry answered 503.',
      ],
      at: '2026-11-20T14:30:00.000Z',
      timezone: 'Europe/Berlin',
    },
  },
};

/** A sample as it is mailed. */
export function renderSample(state: string): RenderedMail {
  const sample = samples[state];
  if (!sample) throw new Error(`no sample “${state}”`);
  return renderMail(sample.name, sample.data, sample.context ?? context);
}
