import type { z } from 'zod';
import { laterFields } from '../../core/complete-trial.ts';
import type {
  ChangeRowAnswer,
  ChangesAnswer,
  ConditionAnswer,
  ConditionsAnswer,
  ListAnswer,
  SubscriptionAnswer,
  TrialAnswer,
  VersionAnswer,
  VersionsAnswer,
  WebhookMessage,
} from './answers.ts';
import type { Card, TrialRecord } from './records.ts';

/** One made-up trial and what the API says of it, for the document. */

const id = 'NCT99000001';
const registry = 'ctgov';
const title = 'A made-up trial of exampline for asthma';
const readAt = '2026-11-05T15:00:00.000Z';
const status = 'RECRUITING' as const;
const sponsor = { name: 'Example University', class: 'OTHER' };
const startDate = { date: '2026-11-05', precision: 'day' as const, type: 'ACTUAL' as const };
const completionDate = { date: '2028-06', precision: 'month' as const, type: 'ESTIMATED' as const };
const enrollment = { count: 240, type: 'ESTIMATED' as const };
const sources = [
  {
    registry,
    name: 'ClinicalTrials.gov',
    attribution: 'Being listed does not mean that the U.S. government has evaluated the study.',
    licence: 'https://clinicaltrials.gov/about-site/terms-conditions',
  },
];
const notice = 'From the public registry record, in our words. This is no medical advice.';
const shared = {
  registry,
  id,
  title,
  status,
  lastKnownStatus: null,
  whyStopped: null,
  verifiedOn: '2026-11',
  startDate,
  primaryCompletionDate: completionDate,
  completionDate,
  firstPostedOn: '2026-09-14',
  lastUpdatePostedOn: '2026-11-05',
  resultsPostedOn: null,
  studyType: 'INTERVENTIONAL',
  phases: ['PHASE3'],
  enrollment,
  sponsor,
  conditions: ['Asthma'],
  minimumAge: '18 Years',
  maximumAge: null,
  sex: 'ALL',
};

const card: z.input<typeof Card> = { ...shared, siteCount: 1, recruitingSiteCount: 1, countries: ['Norway'] };

const trial: z.input<typeof TrialRecord> = {
  ...laterFields,
  ...shared,
  aliases: [],
  secondaryIds: [{ id: 'EXAMPLE-1', type: null }],
  officialTitle: null,
  acronym: null,
  resultsSubmittedOn: null,
  hasExpandedAccess: false,
  allocation: 'RANDOMIZED',
  interventionModel: 'PARALLEL',
  masking: 'DOUBLE',
  primaryPurpose: 'TREATMENT',
  observationalModel: null,
  timePerspective: null,
  collaborators: [],
  keywords: [],
  meshes: [{ id: 'D001249', term: 'Asthma' }],
  ancestors: [{ id: 'D001982', term: 'Bronchial Diseases' }],
  criteria: 'Inclusion Criteria:\n\n* Asthma for a year or longer',
  healthyVolunteers: false,
  summary: 'Exampline is compared with a placebo.',
  description: '',
  arms: [{ label: 'Exampline', type: 'EXPERIMENTAL', description: '' }],
  interventions: [{ type: 'DRUG', name: 'Exampline', description: '' }],
  outcomes: [{ kind: 'primary', measure: 'Attacks of asthma', timeFrame: '52 weeks', description: '' }],
  sites: [
    {
      ref: 1,
      facility: 'Example Hospital',
      status,
      city: 'Bergen',
      state: '',
      zip: '5021',
      country: 'Norway',
      lat: 60.39,
      lon: 5.32,
      orgId: null,
      department: '',
    },
  ],
  unread: [],
};

const asthma = { slug: 'asthma', name: 'Asthma', term: 'Asthma', conceptId: 'D001249' };

/** An example of every answer by the name of its operation, of a request and of a webhook's message. */
export function makeExamples(baseUrl: string) {
  const page = `${baseUrl}/trials/${id}`;
  const change = {
    id: 12,
    version: 2,
    facet: 'status' as const,
    kind: 'status' as const,
    sentence: 'Now listed as recruiting. Before: not yet recruiting.',
    releasedAt: readAt,
    url: `${page}/changes/12`,
  };
  const stored = { registry, id, version: 2, readAt, trial, sources, notice };
  const conditionUrl = `${baseUrl}/conditions/asthma`;
  const listUrl = `${baseUrl}/lists/trials-we-watch`;
  return {
    readTrial: {
      ...stored,
      url: page,
      recordUrl: `https://clinicaltrials.gov/study/${id}`,
      watchedSince: '2026-10-01T15:00:00.000Z',
      dataDay: '2026-11-05',
      removedAt: null,
      heldChanges: 0,
      links: [],
      card,
    } satisfies z.input<typeof TrialAnswer>,
    listVersions: {
      registry,
      id,
      versions: [{ version: 2, readAt, path: new URL(`${baseUrl}/api/v1/trials/${id}/versions/2`).pathname }],
      next: null,
    } satisfies z.input<typeof VersionsAnswer>,
    readVersion: stored satisfies z.input<typeof VersionAnswer>,
    listChanges: {
      changes: [
        {
          ...change,
          trial: { registry, id, title },
          before: 'NOT_YET_RECRUITING',
          after: status,
          detectedAt: readAt,
        },
      ],
      next: 'MS4xLjE',
      more: false,
      sources,
      notice,
    } satisfies z.input<typeof ChangesAnswer>,
    exportChanges: {
      ...{ releasedAt: readAt, registry, trial: id, title, facet: 'status', kind: 'status' },
      ...{
        before: 'NOT_YET_RECRUITING',
        after: status,
        country: null,
        city: null,
        site: null,
        siteCount: null,
      },
      ...{ sentence: change.sentence, link: change.url, change: change.id, version: change.version },
      recordLink: `https://clinicaltrials.gov/study/${id}`,
      notice: sources.map(({ attribution }) => attribution).join(' '),
    } satisfies z.input<typeof ChangeRowAnswer>,
    listConditions: {
      conditions: [{ ...asthma, trials: 1, url: conditionUrl }],
      next: null,
    } satisfies z.input<typeof ConditionsAnswer>,
    readCondition: {
      ...asthma,
      also: ['Bronchial Asthma'],
      narrower: [{ slug: 'status-asthmaticus', name: 'Status asthmaticus' }],
      counts: { RECRUITING: 1 },
      trials: [card],
      next: null,
      url: conditionUrl,
      sources,
      notice,
    } satisfies z.input<typeof ConditionAnswer>,
    readList: {
      slug: 'trials-we-watch',
      name: 'Trials we watch',
      organization: 'Example Charity',
      changedAt: readAt,
      trials: [{ registry, id, title, status, reason: 'Many of you asked about it', addedAt: readAt }],
      conditions: [
        { words: 'asthma', conceptId: asthma.conceptId, term: asthma.term, reason: '', addedAt: readAt },
      ],
      feed: `${listUrl}/feed.atom`,
      calendar: `${listUrl}/calendar.ics`,
      url: listUrl,
      sources,
      notice,
    } satisfies z.input<typeof ListAnswer>,
    addSubscriptions: {
      following: [
        { kind: 'trial', asked: id, id, name: title },
        { kind: 'condition', asked: 'asthma', id: null, name: 'Asthma' },
      ],
    } satisfies z.input<typeof SubscriptionAnswer>,
    request: { email: 'ann@example.org', trials: [id], conditions: ['asthma'] },
    webhook: {
      type: 'changes.released',
      timestamp: readAt,
      data: { changes: [{ ...change, trial: { registry, id } }], cursor: 'MS4xLjE' },
    } satisfies z.input<typeof WebhookMessage>,
  };
}
