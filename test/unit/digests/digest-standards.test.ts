import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { Digest } from '../../../src/core/digests/digest.ts';
import { whereaboutsOf } from '../../../src/core/digests/near.ts';
import { keepLinkNumbers, linkNumber } from '../../../src/core/digests/stored-digest.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { type StatusBucket, statusBucket } from '../../../src/core/weight.ts';
import { wordsFor } from '../../../src/core/wording/change-sentences.ts';
import { digestWords } from '../../../src/core/wording/digest/digest.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { buildMessage, listIdFor, messageIdFor } from '../../../src/mail/message.ts';
import { renderMail } from '../../../src/mail/render.ts';
import { linksOf, unwrapText, visibleBlocks } from '../../support/html-text.ts';
import { context, digestData, renderSample, samples } from '../../support/mail-samples.ts';
import {
  makeCard,
  makeDigest,
  makeItems,
  makeSite,
  reasonCondition,
  reasonTrial,
  type SampleTrial,
} from '../../support/trial-samples.ts';

const wording = createWording('en');
const status = (before: string, after: string, whyStopped?: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
  ...(whyStopped ? { whyStopped } : {}),
});
const other = (
  facet: Change['facet'],
  kind: string,
  before: Change['before'],
  after: Change['after'],
): Change => ({
  facet,
  kind,
  before,
  after,
});
const month = (date: string) => ({ date, precision: 'month', type: 'ESTIMATED' }) as const;

describe('D2: the order of a digest', () => {
  const whereabouts = whereaboutsOf([
    { place: { lat: 51.34, lon: 12.37, km: 50, name: 'Leipzig, Germany' } },
  ]);
  const nearest = {
    ...{ km: 31, place: 'Leipzig', isSaid: true, others: 0, withinKm: 50 },
    site: makeSite({ city: 'Halle', state: '' }),
  };
  const near = whereabouts ? { near: { whereabouts, nearest }, reasons: [reasonCondition] } : {};
  const site: Change = {
    ...other('sites', 'site-added', null, 'RECRUITING'),
    site: makeSite({ city: 'Lyon', country: 'France', state: '' }),
  };
  /** As the standard lists them: what is said of each, with old and new. */
  const order: [string, Change, SampleTrial?][] = [
    [
      'Now listed as recruiting. Before: not yet recruiting.',
      status('NOT_YET_RECRUITING', 'RECRUITING'),
      near,
    ],
    ['Now listed as recruiting. Before: paused (suspended).', status('SUSPENDED', 'RECRUITING')],
    [
      'Expanded access (treatment outside a trial) is now listed as available. Before: not stated.',
      other('expanded-access', 'expanded-access', null, 'AVAILABLE'),
    ],
    ['Now listed as paused (suspended). Before: recruiting.', status('RECRUITING', 'SUSPENDED', 'money')],
    [
      'Now listed as stopped early (terminated). Before: recruiting.',
      status('RECRUITING', 'TERMINATED', 'no use'),
    ],
    [
      'Now listed as ongoing, closed to new participants. Before: recruiting.',
      status('RECRUITING', 'ACTIVE_NOT_RECRUITING'),
    ],
    [
      'Results tables are now posted. Before, there were none. They do not say what would happen to any one person.',
      other('results', 'results-posted', null, '2026-11-19'),
    ],
    [
      'Now listed as completed. Before: ongoing, closed to new participants.',
      status('ACTIVE_NOT_RECRUITING', 'COMPLETED'),
    ],
    [
      'End of main data collection (primary completion) moved from August 2027 to February 2028 (6 months later, estimated).',
      other('dates', 'primary-completion-date', month('2027-08'), month('2028-02')),
    ],
    ['New site listed as recruiting: University Hospital, Lyon, France.', site],
    [
      'Number of participants: now 30 (planned). Before: 20 (planned).',
      other('enrollment', 'enrollment', { count: 20, type: 'ESTIMATED' }, { count: 30, type: 'ESTIMATED' }),
    ],
    ['Title: now “B”. Before: “A”.', other('title', 'title', 'A', 'B')],
    [
      'Status now unknown. Before: recruiting. The sponsor has not confirmed this record since October 2024.',
      { ...status('RECRUITING', 'UNKNOWN'), lastKnownStatus: 'RECRUITING', verifiedOn: '2024-10' },
    ],
  ];

  it('D2: trials stand as the standard has it, near ones first and UNKNOWN last, each change one sentence with old and new', () => {
    const trials = order.map(
      ([, change, more], n): SampleTrial => ({
        // The newest number would stand first among equals: here it must not.
        card: makeCard({ id: `NCT0000${String(1000 + n)}` }),
        changes: [change],
        ...more,
      }),
    );
    const words = digestWords(wording, makeDigest(trials.toReversed()));
    expect(words.trials.map(({ changes }) => changes.map(({ sentence }) => sentence))).toEqual(
      order.map(([sentence]) => [sentence]),
    );
  });

  it('D2: within one trial the same order, whatever the order they came in; the sponsor’s own words stay with their status', () => {
    const changes = order.filter(([, change]) => change.facet !== 'status').map(([, change]) => change);
    const paused = status('RECRUITING', 'SUSPENDED', 'money');
    const words = digestWords(wording, makeDigest([{ changes: [...changes.toReversed(), paused] }]));
    expect(words.trials[0]?.changes.map(({ sentence }) => sentence)).toEqual(
      order
        .filter(([, change]) => change.facet !== 'status' || change.after === 'SUSPENDED')
        .map(([sentence]) => sentence),
    );
    expect(words.trials[0]?.changes[1]).toMatchObject({
      quote: 'The sponsor’s reason, word for word: “money”',
    });
  });

  it('D2: five buckets, never mixed, in the first line and in the sentence of each status', () => {
    const said: { [bucket in StatusBucket]?: RegExp } = {
      opened: /listed as recruiting|expanded access/,
      closed: /closed to new participants|expanded access/,
      paused: /listed as paused/,
      stopped: /listed as stopped early/,
      finished: /listed as completed/,
    };
    const others = (bucket: StatusBucket) =>
      Object.entries(said).filter(([name]) => name !== bucket && name !== 'opened' && name !== 'closed');
    for (const after of trialStatuses) {
      const bucket = statusBucket(after);
      const { first } = digestWords(
        wording,
        makeDigest([{ changes: [status(after === 'RECRUITING' ? 'SUSPENDED' : 'RECRUITING', after)] }]),
      );
      if (said[bucket]) expect([after, first]).toEqual([after, expect.stringMatching(said[bucket])]);
      for (const [, words] of others(bucket))
        expect([after, first]).not.toEqual([after, expect.stringMatching(words)]);
    }
    const completed = wordsFor(wording, status('RECRUITING', 'COMPLETED'), makeCard());
    expect(Object.values(completed).join(' ')).not.toMatch(/stopp|terminat|clos/i);
    const back: Change = { ...status('UNKNOWN', 'RECRUITING'), lastKnownStatus: 'RECRUITING' };
    const again = wordsFor(wording, back, makeCard());
    expect(again.sentence).toMatch(/^Confirmed again as recruiting/);
  });
});

describe('contents of both parts of a digest', () => {
  const parts = (trials: SampleTrial[]) => {
    const { html, text } = renderMail('digest', digestData(makeDigest(trials)), context);
    return [visibleBlocks(html).join(' '), unwrapText(text)];
  };

  it('D3: subscription, beginning and match, in HTML and text', () => {
    for (const part of parts([{ reasons: [reasonTrial, reasonCondition] }])) {
      expect(part).toContain('You have followed this trial since May 3, 2026.');
      expect(part).toContain(
        'You have followed “leukemia” since September 14, 2026. The registry files this trial under',
      );
    }
  });

  it('D4: the data’s time, the sponsor’s confirmation and both warnings, in HTML and text', () => {
    const card = makeCard({
      verifiedOn: '2021-12',
      completionDate: { ...month('2024-02'), date: '2024-02' },
    });
    for (const part of parts([{ card }])) {
      expect(part).toContain(
        'Registry data from November 20, 2026, read on November 20, 2026 at 3:30 PM Germany Time.',
      );
      expect(part).toContain('Last confirmed by the sponsor: December 2021 (more than 4 years ago).');
      expect(part).toContain('The completion date in this record (February 2024) has passed');
      expect(part).toContain('last confirmed this record in December 2021, more than 4 years ago');
    }
  });

  it('D1: a registration and later changes are one trial with one sentence', () => {
    const [html] = parts([
      {
        items: makeItems([
          other('registration', 'registered', null, null),
          status('NOT_YET_RECRUITING', 'RECRUITING'),
        ]),
        reasons: [reasonCondition],
      },
    ]);
    expect(html).toContain('New in the registry');
    expect(html).not.toContain('not yet recruiting');
  });
});

describe('D6: the outside of a mail', () => {
  const secrets = /NCT\d|leuk|CAR-T|lymph|cancer|Leipzig|Halle|Trial number|long title|reader@|=40|Köln/i;
  for (const [state, { context: how = context }] of Object.entries(samples)) {
    it(`D6: ${state}: no header and no personal link names a condition, a trial, a place or an address`, async () => {
      const mail = renderSample(state);
      const isDiscreet = how.isDiscreet === true;
      const message = await buildMessage({
        ...mail,
        to: 'reader@example.net',
        from: isDiscreet ? 'Updates <bell@example.org>' : 'Trialbell <bell@example.org>',
        messageId: messageIdFor(4711, 'bell.example.org'),
        date: '2026-11-21T08:00:00.000Z',
        listId: listIdFor('bell.example.org'),
        listUnsubscribe: { url: 'https://bell.example.org/unsubscribe/12.1.c3RvcC1pdA' },
      });
      const head =
        message
          .toString()
          .split('\r\n\r\n')[0]
          ?.replace(/\r\n[ \t]+/g, ' ') ?? '';
      const lines = head.split('\r\n');
      expect(lines.length).toBeGreaterThan(8);
      expect(lines.filter((line) => line.includes('reader@'))).toEqual(['To: reader@example.net']);
      expect(lines.filter((line) => !line.startsWith('To: ') && secrets.test(line))).toEqual([]);
      expect(mail.subject).not.toMatch(secrets);
      if (isDiscreet) expect(head).not.toMatch(/trialbell|registry/i);
      const personal = linksOf(mail.html).filter((url) =>
        /\/(?:manage|unsubscribe|confirm|digests|w)\//.test(url),
      );
      for (const link of personal)
        expect(link).toMatch(
          /^https:\/\/bell\.example\.org\/(?:manage|unsubscribe|confirm|digests|w)\/[A-Za-z0-9_./?=-]+$/,
        );
      for (const link of personal) expect(link).not.toMatch(secrets);
    });
  }

  it('D6: in the discreet style no link of any mail names a trial, a condition or a registry, in either language', () => {
    const own =
      /^https:\/\/bell\.example\.org\/(?:(?:d|w|digests|manage|unsubscribe|confirm|admin\/enter)\/[\w./=-]+|admin)$/;
    for (const [state, { name, data, context: how = context }] of Object.entries(samples))
      for (const language of ['en', 'es']) {
        const { html, text } = renderMail(name, data, { ...how, language, isDiscreet: true });
        const links = [...linksOf(html), ...(text.match(/^https?:\/\/\S+$/gm) ?? [])];
        expect(links.length, state).toBeGreaterThan(1);
        expect(
          links.filter((link) => !own.test(link) || secrets.test(link)),
          state,
        ).toEqual([]);
      }
  });

  it('D6: the number of a trial in discreet links stays when a digest is composed again without others', () => {
    const planned = makeDigest(
      ['NCT00000001', 'NCT00000002', 'NCT00000003'].map((id) => ({ card: makeCard({ id }) })),
    );
    const ids = ({ trials }: Digest) => trials.map(({ card }) => card.id);
    const numbers = (digest: Digest) => digest.trials.map(linkNumber);
    expect(numbers(planned)).toEqual([1, 2, 3]);
    const [first, second, third] = planned.trials;
    if (!first || !second || !third) throw new Error('a trial is missing');
    const again = keepLinkNumbers({ ...planned, trials: [third, second] }, planned);
    expect([ids(again), numbers(again)]).toEqual([
      [third.card.id, second.card.id],
      [3, 2],
    ]);
    const onceMore = keepLinkNumbers({ ...planned, trials: [second, third] }, again);
    expect(numbers(onceMore)).toEqual([2, 3]);
    const { html } = renderMail('digest', digestData(again), { ...context, isDiscreet: true });
    expect(linksOf(html).filter((link) => link.includes('/d/'))).toEqual(
      ['3', '3', '2', '2'].map((n) => `https://bell.example.org/d/dGhlLWRpZ2VzdA/${n}`),
    );
  });

  it('D6: a plain subject names the first trial, for who asked for that alone', () => {
    const data = { ...digestData(makeDigest([{}])), isPlain: true };
    expect(renderMail('digest', data, context).subject).toContain('CAR-T');
    expect(renderMail('digest', { ...data, isPlain: false }, context).subject).not.toContain('CAR-T');
    expect(renderMail('digest', data, { ...context, isDiscreet: true }).subject).toBe('You have an update');
  });
});
