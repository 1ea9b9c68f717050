import { describe, expect, it } from 'vitest';
import type { NoNewsFacts, Note, NoteItem } from '../../../src/core/digests/notes.ts';
import { noteWords } from '../../../src/core/wording/notes.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { makeCard } from '../../support/trial-samples.ts';

const wording = createWording('en');
const data = 'Registry data from November 20, 2026, read on November 20, 2026 at 2:30 PM UTC.';
const checking = expect.stringMatching(/^Many records changed in the same way/);

const trial = (over: Partial<Extract<NoteItem, { kind: 'trial' }>> = {}): NoteItem => ({
  subscriptionId: 4,
  words: 'NCT05164042',
  frequency: 'daily',
  weekday: 1,
  isWatched: true,
  kind: 'trial',
  id: 'NCT05164042',
  card: makeCard({ title: 'A trial of sleep' }),
  isGone: false,
  ...over,
});
const condition = (over: Partial<Extract<NoteItem, { kind: 'condition' }>> = {}): NoteItem => ({
  subscriptionId: 5,
  words: 'asthma',
  frequency: 'weekly',
  weekday: 3,
  isWatched: true,
  kind: 'condition',
  all: 40,
  recruiting: 7,
  isNarrowed: false,
  ...over,
});
const facts = (over: Partial<NoNewsFacts> = {}): NoNewsFacts => ({
  since: '2026-10-20T09:00:00.000Z',
  trials: 12,
  readings: 22,
  missed: 0,
  lastReadAt: '2026-11-20T14:30:00.000Z',
  moved: 0,
  other: 0,
  ...over,
});
const say = (over: Partial<Note> = {}) =>
  noteWords(wording, {
    kind: 'welcome',
    items: [trial()],
    noNews: null,
    registry: 'ctgov',
    dataDay: '2026-11-20',
    readAt: '2026-11-20T14:30:00.000Z',
    composedAt: '2026-11-21T08:00:00.000Z',
    timezone: 'UTC',
    nextDueAt: null,
    wantsNoNewsNotes: true,
    checking: false,
    ...over,
  });
const linesOf = (item: NoteItem) => say({ items: [item] }).items[0]?.lines;

describe('a welcome', () => {
  it('says what is active, how new the data are, when mails come and what none means', () => {
    expect(say({ nextDueAt: '2026-11-22T09:00:00.000Z' })).toMatchObject({
      subject: 'Your emails start now',
      heading: 'Your emails start now',
      first:
        'What you confirmed is now active. Below is what the registry says today. None of it is a change.',
      lines: [data],
      more: null,
      after: [
        'When something you chose changes, an email shows you old and new. The next one could come on November 22, 2026 at 9:00 AM UTC.',
        expect.stringMatching(/^Usually, no email means.* You can turn that off\.$/),
        'Each update email has a link to a page where one button stops the emails.',
      ],
    });
    const plain = say({ wantsNoNewsNotes: false, checking: true, items: [trial(), condition()] });
    expect(plain.first).toMatch(/^All 2 things you confirmed/);
    expect(plain.lines).toEqual([data, checking]);
    expect(plain.after).toEqual([
      'Usually, no email means that we saw no such change. But we may still be checking a change, or an email may get lost.',
      'Each update email has a link to a page where one button stops the emails.',
    ]);
  });

  it('lists forty things, and counts the others', () => {
    const many = (count: number) => say({ items: Array.from({ length: count }, () => condition()) });
    expect(many(40)).toMatchObject({ more: null, items: { length: 40 } });
    expect(many(42)).toMatchObject({
      more: 'You follow 2 more things. Choose “Change what you follow” to see all of it.',
      items: { length: 40 },
    });
  });
});

describe('P4: the question once a year', () => {
  it('says how to keep and how to stop, and nothing after', () => {
    expect(say({ kind: 'yearly', checking: true, nextDueAt: '2026-11-22T09:00:00.000Z' })).toMatchObject({
      subject: 'Once a year: keep these emails, or stop them?',
      heading: 'Keep these emails, or stop them?',
      first: 'Once a year, we ask whether you still want our emails. This is what you follow.',
      lines: [
        'To keep it all, leave this email as it is. The emails continue.',
        'To stop some or all of it, use the links below and press the button there.',
      ],
      after: [],
    });
    expect(say({ kind: 'yearly', noNews: facts() }).heading).toBe('Keep these emails, or stop them?');
  });
});

describe('a quiet note', () => {
  const quiet = (over: Partial<NoNewsFacts> = {}, more: Partial<Note> = {}) =>
    say({ kind: 'no-news', noNews: facts(over), ...more });
  const counts =
    'We watch 12 trials for you. Since October 20, 2026 there were 22 full readings of the registry’s updates.';

  it('says that nothing was due, what was looked at, and how to turn it off', () => {
    expect(quiet()).toMatchObject({
      subject: 'Still watching: no email was due since October 20, 2026',
      heading: 'Still watching',
      first: 'By the registry’s data from November 20, 2026: No trial you follow opened, closed, or stopped.',
      lines: [counts, data],
      after: [
        'We send such a note again after three more months without an email. To turn it off, use “Change what you follow”, then “Time of day, limit, address, and feed”.',
      ],
    });
  });

  it('does not say that nothing moved where something did, was missed, or is old', () => {
    const honest = quiet({ moved: 1, other: 2, missed: 1 }, { checking: true });
    expect(honest.first).toMatch(
      /^Since October 20, 2026, no email was due for you\. Some trials did change, come, or go/,
    );
    expect(honest.lines).toEqual([
      counts,
      'These records changed in 2 other ways that your emails leave out. Our pages show all changes.',
      'On 1 weekday in that time there was no full reading: the registry had nothing new, or it or we were down.',
      data,
      checking,
    ]);
    const stale =
      'The last full reading was on November 17, 2026 at 7:59 AM UTC. What changed after that is not known here yet.';
    expect(quiet({ lastReadAt: '2026-11-17T07:59:00.000Z' }).lines).toEqual([counts, stale, data]);
    expect(quiet({ lastReadAt: '2026-11-17T08:00:00.000Z' }).lines).toEqual([counts, data]);
    expect(quiet({ lastReadAt: null }).lines).toEqual([counts, data]);
  });
});

describe('a subscription in a note', () => {
  it('is a trial with its page, status, confirmation and date', () => {
    expect(say().items).toEqual([
      {
        subscriptionId: 4,
        name: 'A trial of sleep',
        page: '/trials/NCT05164042',
        lines: [
          'NCT05164042, listed as recruiting',
          'Last confirmed by the sponsor: November 2026.',
          'End of main data collection (primary completion): February 2028 (estimated).',
          'Emails once a day',
        ],
      },
    ]);
    expect(say({ items: [trial({ id: 'NCT1/2' })] }).items[0]?.page).toBe('/trials/NCT1%2F2');
  });

  it('is a trial of which the record leaves things out, or says old ones', () => {
    const card = makeCard({ title: '', verifiedOn: null, primaryCompletionDate: null });
    expect(say({ items: [trial({ card })] }).items[0]?.name).toBe('A trial without a title');
    expect(linesOf(trial({ card, isWatched: false }))).toEqual([
      'NCT05164042, listed as recruiting',
      'The record does not say when the sponsor last confirmed it.',
      'We have not read the record yet. We tell you about changes once we have.',
      'Emails once a day',
    ]);
    const old = makeCard({
      verifiedOn: '2025-09',
      completionDate: { date: '2025-01', precision: 'month', type: null },
      primaryCompletionDate: { date: '2025-01', precision: 'month', type: null },
    });
    expect(linesOf(trial({ card: old, frequency: 'immediate' }))).toEqual([
      'NCT05164042, listed as recruiting',
      'End of main data collection (primary completion): January 2025.',
      expect.stringMatching(/^The completion date in this record \(January 2025\) has passed/),
      'The sponsor last confirmed this record in September 2025, 14 months ago. It may no longer be right.',
      'Emails after each day’s registry update',
    ]);
  });

  it('is a trial that is gone, or was not read yet', () => {
    expect(say({ items: [trial({ isGone: true })] }).items).toEqual([
      {
        subscriptionId: 4,
        name: 'A trial of sleep',
        page: '/trials/NCT05164042',
        lines: ['NCT05164042, no longer in the registry', 'Emails once a day'],
      },
    ]);
    expect(say({ items: [trial({ card: null })] }).items).toEqual([
      {
        subscriptionId: 4,
        name: 'NCT05164042',
        page: null,
        lines: [
          'We have not read the record yet. We tell you about changes once we have.',
          'Emails once a day',
        ],
      },
    ]);
  });

  it('is a condition with its counts, in the reader’s own words', () => {
    expect(say({ items: [condition({ words: 'x'.repeat(121) })] }).items).toEqual([
      {
        subscriptionId: 5,
        name: `${'x'.repeat(119)}…`,
        page: null,
        lines: [
          '7 trials are now listed as recruiting, out of 40 trials about this.',
          'Emails once a week, on Wednesday',
        ],
      },
    ]);
    expect(linesOf(condition({ isNarrowed: true }))?.[1]).toBe(
      'That counts all of them. You chose only some, so fewer may reach you.',
    );
    expect(linesOf(condition({ isNarrowed: true, isWatched: false }))).toEqual([
      'We have not read the record yet. We tell you about changes once we have.',
      'Emails once a week, on Wednesday',
    ]);
  });
});
