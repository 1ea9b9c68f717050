import { describe, expect, it } from 'vitest';
import type { NoNewsFacts, Note, NoteItem } from '../../../src/core/digests/notes.ts';
import { noteWords } from '../../../src/core/wording/notes.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { makeCard } from '../../support/trial-samples.ts';

const wording = createWording('en');
const data = 'Registry data of 20 November 2026, read on 20 November 2026 at 14:30 UTC.';
const checking = expect.stringMatching(/^Some changes in the registry’s records/);

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
      subject: 'Your mails from us begin now',
      heading: 'Your mails begin now',
      first: 'What you confirmed is active now. This is how it stands today. None of it is a change.',
      lines: [data],
      more: null,
      after: [
        'When something changes, a mail tells you, with old and new. The next time for that is 22 November 2026 at 09:00 UTC.',
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
      more: 'You follow 2 more things. “Change what you follow” shows all.',
      items: { length: 40 },
    });
  });
});

describe('P4: the question once a year', () => {
  it('says how to keep and how to stop, and nothing after', () => {
    expect(say({ kind: 'yearly', checking: true, nextDueAt: '2026-11-22T09:00:00.000Z' })).toMatchObject({
      subject: 'Once a year: keep these mails, or stop them?',
      heading: 'Keep or stop?',
      first: 'Once a year we ask if you still want our mails. This is what you follow.',
      lines: [
        'To keep it all, leave this mail as it is. The mails go on.',
        'To stop one of these, or all, use the links below. It takes effect at once.',
      ],
      after: [],
    });
    expect(say({ kind: 'yearly', noNews: facts() }).heading).toBe('Keep or stop?');
  });
});

describe('a quiet note', () => {
  const quiet = (over: Partial<NoNewsFacts> = {}, more: Partial<Note> = {}) =>
    say({ kind: 'no-news', noNews: facts(over), ...more });
  const counts =
    'We watch 12 trials for you. Since 20 October 2026 there were 22 full readings of the registry’s updates.';

  it('says that nothing was due, what was looked at, and how to turn it off', () => {
    expect(quiet()).toMatchObject({
      subject: 'Still watching: no mail was due since 20 October 2026',
      heading: 'Still watching',
      first: 'By the registry’s data of 20 November 2026: No trial you follow opened, closed or stopped.',
      lines: [counts, data],
      after: [
        'Such a note comes again when three more months go by without a mail. To turn it off, use “Change what you follow”, then “Hour, address and feed”.',
      ],
    });
  });

  it('does not say that nothing moved where something did, was missed, or is old', () => {
    const honest = quiet({ moved: 1, other: 2, missed: 1 }, { checking: true });
    expect(honest.first).toMatch(
      /^Since 20 October 2026, no email was due for you\. Some trials did change, come, or go/,
    );
    expect(honest.lines).toEqual([
      counts,
      'These records changed in 2 other ways that your mails leave out. Our pages show all changes.',
      'On 1 weekday in that time there was no full reading: the registry had nothing new, or it or we were down.',
      data,
      checking,
    ]);
    const stale =
      'The last full reading was on 17 November 2026 at 07:59 UTC. What changed after that is not known here yet.';
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
          'Primary completion date: February 2028 (an estimate).',
          'Mails once a day',
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
      'We have not read the record yet. We tell you of changes from then on.',
      'Mails once a day',
    ]);
    const old = makeCard({
      verifiedOn: '2025-09',
      completionDate: { date: '2025-01', precision: 'month', type: null },
      primaryCompletionDate: { date: '2025-01', precision: 'month', type: null },
    });
    expect(linesOf(trial({ card: old, frequency: 'immediate' }))).toEqual([
      'NCT05164042, listed as recruiting',
      'Primary completion date: January 2025.',
      expect.stringMatching(/^The completion date in this record \(January 2025\) has passed/),
      'The sponsor last confirmed this record in September 2025, 14 months ago: it may no longer be right.',
      'Mails after each day’s registry refresh',
    ]);
  });

  it('is a trial that is gone, or was not read yet', () => {
    expect(say({ items: [trial({ isGone: true })] }).items).toEqual([
      {
        subscriptionId: 4,
        name: 'A trial of sleep',
        page: '/trials/NCT05164042',
        lines: ['NCT05164042, no longer in the registry', 'Mails once a day'],
      },
    ]);
    expect(say({ items: [trial({ card: null })] }).items).toEqual([
      {
        subscriptionId: 4,
        name: 'NCT05164042',
        page: null,
        lines: ['We have not read the record yet. We tell you of changes from then on.', 'Mails once a day'],
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
          '7 trials are now listed as recruiting, of 40 trials about this.',
          'Mails once a week, on Wednesday',
        ],
      },
    ]);
    expect(linesOf(condition({ isNarrowed: true }))?.[1]).toBe(
      'That counts all of them. You narrowed it down, so fewer may reach you.',
    );
    expect(linesOf(condition({ isNarrowed: true, isWatched: false }))).toEqual([
      'We have not read the record yet. We tell you of changes from then on.',
      'Mails once a week, on Wednesday',
    ]);
  });
});
