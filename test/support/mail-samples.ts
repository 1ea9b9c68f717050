import type { Change } from '../../src/core/change.ts';
import type { Digest } from '../../src/core/digests/digest.ts';
import { cleanReportTexts } from '../../src/core/lists/list-report.ts';
import type { RenderedMail } from '../../src/mail/message.ts';
import { type MailContext, type MailData, type MailName, renderMail } from '../../src/mail/render.ts';
import { farDigest, hundredSites, megabyte, nearDigest } from './digest-states.ts';
import { noteSamples } from './note-samples.ts';
import {
  everyChange,
  hostileText,
  makeCard,
  makeDigest,
  makeItems,
  makeSite,
  pauseChange,
  reasonCondition,
  reasonTrial,
  type SampleTrial,
  statusChange,
} from './trial-samples.ts';

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

/** A report of a list, by its owner. */
const reportData: MailData['report'] = {
  report: {
    list: { name: 'Trials we watch', organization: 'Made-up Charity' },
    introduction: 'Dear members,\n\ntwo trials on our list changed. We talk about them on Monday.',
    contact: 'Our desk, 555 0100',
    period: { from: '2026-11-12', to: '2026-11-18' },
    digest: makeDigest([
      { reasons: [{ ...reasonTrial, subscriptionId: 1 }], changes: [statusChange] },
      {
        card: makeCard({ id: 'NCT04532203', title: 'CAR-T Cells in Children', status: 'SUSPENDED' }),
        changes: [pauseChange, everyChange[3] ?? statusChange],
      },
    ]),
    checking: false,
    reasons: { 1: 'Many of you asked about it' },
    changedAgain: ['ctgov NCT04532203'],
  },
  tokens: { unsubscribe: 'c3RvcC1pdA', manage: 'bWFuYWdl' },
  recordUrl: (_, id) => `https://clinicaltrials.gov/study/${id}`,
};

type Sample = { [Name in MailName]: { name: Name; data: MailData[Name]; context?: MailContext } }[MailName];

/** Every mail in every state worth checking. */
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
  near: { name: 'digest', data: digestData(nearDigest) },
  'near-spanish': { name: 'digest', data: digestData(nearDigest), context: { ...context, language: 'es' } },
  'two-registries': {
    name: 'digest',
    data: digestData(
      makeDigest([
        {
          card: makeCard({ status: 'SUSPENDED' }),
          changes: [pauseChange],
          linked: [
            makeCard({ registry: 'ctis', id: '2024-512345-67-00' }),
            makeCard({ registry: 'isrctn', id: 'ISRCTN76463425' }),
          ],
        },
        {
          card: makeCard({ registry: 'ctis', id: '2024-512345-67-00' }),
          changes: [{ ...pauseChange, whyStopped: '' }, ...everyChange.slice(3, 4)],
          linked: [makeCard()],
        },
      ]),
    ),
  },
  'far-sites': { name: 'digest', data: digestData(farDigest) },
  discreet: {
    name: 'digest',
    data: digestData(makeDigest([{}])),
    context: { ...context, isDiscreet: true },
  },
  'hundred-sites': { name: 'digest', data: digestData(hundredSites) },
  megabyte: { name: 'digest', data: digestData(megabyte) },
  'two-hundred-spanish': {
    name: 'digest',
    data: digestData(makeDigest(manyTrials(200))),
    context: { ...context, language: 'es' },
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
  ...Object.fromEntries(
    Object.entries(noteSamples).map(([state, data]) => [state, { name: 'note' as const, data }]),
  ),
  report: { name: 'report', data: reportData },
  'report-spanish': { name: 'report', data: reportData, context: { ...context, language: 'es' } },
  'report-discreet': { name: 'report', data: reportData, context: { ...context, isDiscreet: true } },
  'report-hostile': {
    name: 'report',
    data: {
      ...reportData,
      report: {
        ...reportData.report,
        list: { name: hostileText, organization: hostileText },
        ...cleanReportTexts({
          introduction: `${hostileText}\n\n${'W'.repeat(300)}`,
          contact: hostileText,
        }),
      },
    },
  },
  confirmation: { name: 'link', data: { kind: 'confirmation', token: 'Y29uZmlybS1pdC1wbGVhc2U' } },
  manage: { name: 'link', data: { kind: 'manage', token: 'b3Blbi1pdC1wbGVhc2U' } },
  admin: { name: 'link', data: { kind: 'admin', token: 'bGV0LW1lLWluLXBsZWFzZQ' } },
  'address-new': { name: 'link', data: { kind: 'address', token: 'dGFrZS1pdC1wbGVhc2U', side: 'new' } },
  'address-old': { name: 'link', data: { kind: 'address', token: 'a2VlcC1pdC1wbGVhc2U', side: 'old' } },
  alert: {
    name: 'alert',
    data: {
      title: 'the registry’s data is older than 48 hours',
      lines: [
        'ClinicalTrials.gov was last read with data of November 17, 2026.',
        'Three polls since then failed: the registry answered 503.',
      ],
      at: '2026-11-20T14:30:00.000Z',
      timezone: 'Europe/Berlin',
    },
  },
};

/** Renders a sample as it is mailed. */
export function renderSample(state: string): RenderedMail {
  const sample = samples[state];
  if (!sample) throw new Error(`no sample “${state}”`);
  return renderMail(sample.name, sample.data, sample.context ?? context);
}
