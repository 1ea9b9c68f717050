import type { Change } from '../../src/core/change.ts';
import {
  type Candidate,
  composeFor,
  type DigestInputs,
  type FollowedSubscription,
} from '../../src/core/digests/compose.ts';
import type { Trial } from '../../src/core/trial.ts';
import { renderMail } from '../../src/mail/render.ts';
import { openSharedBlocks, type SharedBlocks } from '../../src/mail/shared-blocks.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';
import { hasRecords, readRecordedTrials } from '../support/recorded-trials.ts';
import { study } from '../support/study.ts';
import { watchMemory } from './memory.ts';

/** Composing and rendering one digest a person: mails a second with what they have in common made once, and without. */
export type VolumeResult = {
  digests: number;
  topics: number;
  shared: number;
  alone: number;
  peakMegabytes: number;
};

const now = '2026-11-20T15:00:00.000Z';
const topicCount = 2_000;
const trialsOfATopic = 3;
const changes: Change[] = [
  { facet: 'status', kind: 'status', before: 'RECRUITING', after: 'SUSPENDED', whyStopped: 'Drug supply' },
  { facet: 'status', kind: 'status', before: 'NOT_YET_RECRUITING', after: 'RECRUITING' },
];

/**
 * Daily digests of `count` people who follow one of 2,000 topics each, on which three trials changed. One by one is
 * measured on every tenth person; both must give the same bytes.
 */
export function benchVolume(count: number): VolumeResult {
  const material = makeMaterial();
  const shared = openSharedBlocks(topicCount * trialsOfATopic + 1);
  const sample = Array.from({ length: Math.ceil(count / 10) }, (_, n) => n * 10);
  const aloneAt = performance.now();
  const before = sample.map((n) => mailTo(n, forgetful(material, n)));
  const alone = sample.length / ((performance.now() - aloneAt) / 1000);
  const memory = watchMemory();
  const sharedAt = performance.now();
  let bytes = 0;
  for (let n = 0; n < count; n += 1) bytes += mailTo(n, material, shared).length;
  const perSecond = count / ((performance.now() - sharedAt) / 1000);
  const peakMegabytes = memory.stop();
  for (const [at, n] of sample.entries())
    if (mailTo(n, material, shared) !== before[at]) throw new Error(`the mail of person ${n} differs`);
  if (bytes === 0) throw new Error('nothing was rendered');
  return { digests: count, topics: topicCount, shared: perSecond, alone, peakMegabytes };
}

/** Trials of which nothing is remembered, as if they were read for this person alone. */
function forgetful({ trials }: DigestInputs, n: number): DigestInputs {
  const own = new Map<number, Trial>();
  for (let k = 0; k < trialsOfATopic; k += 1) {
    const id = ((n * 7919) % topicCount) * trialsOfATopic + k;
    own.set(id, { ...(trials.get(id) as Trial) });
  }
  return { trials: own, before: new Map() };
}

function mailTo(n: number, material: DigestInputs, shared?: SharedBlocks): string {
  const topic = (n * 7919) % topicCount;
  const subscription: FollowedSubscription = {
    id: n + 1,
    kind: 'condition',
    words: `what ${n} typed`,
    conceptId: null,
    conceptTerm: null,
    phrases: [],
    topics: [`t${topic}`],
    filters: {},
    watchingSince: new Date(Date.parse(now) - (n % 300) * 86_400_000).toISOString(),
  };
  const candidates = Array.from({ length: trialsOfATopic }, (_, k): Candidate => {
    const trialId = topic * trialsOfATopic + k;
    return {
      subscriptionId: n + 1,
      subscriberId: n + 1,
      changeId: trialId,
      position: trialId,
      trialId,
      version: 2,
      change: changes[k % changes.length] as Change,
      otherTopics: null,
      detectedAt: now,
      notifiedLater: null,
    };
  });
  const how = { now, timezone: 'Europe/Berlin', dataDay: '2026-11-19', readAt: now };
  const { content } = composeFor(candidates, new Map([[n + 1, subscription]]), material, how);
  if (content === null) throw new Error(`nothing to tell person ${n}`);
  const mail = renderMail(
    'digest',
    {
      digest: content,
      tokens: { digest: `digest-${n}`, unsubscribe: `unsubscribe-${n}`, manage: `manage-${n}` },
      recordUrl: ({ id }) => `https://clinicaltrials.gov/study/${id}`,
    },
    {
      language: 'en',
      baseUrl: 'https://bell.example.org',
      operator: { name: 'A charity', address: null, privacyContact: null },
      ...(shared ? { shared } : {}),
    },
  );
  return mail.subject + mail.text + mail.html;
}

function makeMaterial(): DigestInputs {
  const recorded = hasRecords ? readRecordedTrials() : [madeUpTrial()];
  const trials = new Map<number, Trial>();
  for (let id = 0; id < topicCount * trialsOfATopic; id += 1) {
    const trial = recorded[id % recorded.length] as Trial;
    trials.set(id, { ...trial, id: `NCT${String(id).padStart(8, '0')}` });
  }
  return { trials, before: new Map() };
}

function madeUpTrial(): Trial {
  const read = readRecord(study('NCT09900001'), null);
  if (!read.ok) throw new Error(read.reason);
  return read.trial;
}
