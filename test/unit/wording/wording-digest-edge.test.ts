import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { DigestTrial, Reason, TrialCard } from '../../../src/core/digests/digest.ts';
import { digestWords, plainSubject } from '../../../src/core/wording/digest/digest.ts';
import { sayReason } from '../../../src/core/wording/digest/reasons.ts';
import { warningSentence } from '../../../src/core/wording/digest/trial-words.ts';
import { sourceSentence } from '../../../src/core/wording/sources.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import {
  makeCard,
  makeDigest,
  makeItems,
  makeSite,
  reasonCondition,
  reasonTrial,
} from '../../support/trial-samples.ts';

const wording = createWording('en');
const change = (facet: Change['facet'], kind: string = facet, after: Change['after'] = null): Change => ({
  facet,
  kind,
  before: null,
  after,
});
const status = (before: string, after: string, whyStopped?: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
  ...(whyStopped ? { whyStopped } : {}),
});
const wordsOf = (...trials: { card?: TrialCard; changes?: Change[]; reasons?: Reason[] }[]) =>
  digestWords(wording, makeDigest(trials));
const trialOf = (trial: Parameters<typeof wordsOf>[0]) => wordsOf(trial ?? {}).trials[0];
const entered = (): DigestTrial[] =>
  makeDigest([
    {
      items: makeItems([change('registration', 'entered')], { kind: 'entered' }),
      reasons: [reasonCondition],
    },
  ]).trials;

describe('the first line and the subject', () => {
  it.each<[string, Change]>([
    ['1 trial is now listed as recruiting', status('SUSPENDED', 'RECRUITING')],
    ['1 trial has new details on expanded access', change('expanded-access', 'expanded-access', true)],
    ['1 trial has new details on expanded access', status('UNKNOWN', 'AVAILABLE')],
    ['1 trial has new details on expanded access', status('AVAILABLE', 'APPROVED_FOR_MARKETING')],
    ['1 record is no longer in the registry', change('registration', 'removed')],
    ['1 record is in the registry again', change('registration', 'returned')],
    ['1 trial is new to you', change('registration', 'registered')],
    ['1 trial is now listed as paused', status('RECRUITING', 'SUSPENDED')],
    ['1 trial is now listed as stopped early', status('RECRUITING', 'TERMINATED')],
    ['1 trial is now closed to new participants', status('RECRUITING', 'ACTIVE_NOT_RECRUITING')],
    ['1 trial has changes about results', change('results', 'results-posted', '2026-11-19')],
    ['1 trial is now listed as completed', status('RECRUITING', 'COMPLETED')],
    ['1 trial has new dates', { ...change('dates', 'start-date'), before: null, after: '2026-01' }],
    ['1 trial has changed sites', { ...change('sites', 'site-added'), site: makeSite() }],
    ['1 trial has other changes', change('status', 'why-stopped', 'money')],
    ['1 trial has other changes', status('RECRUITING', 'NOT_YET_RECRUITING')],
    ['1 trial has other changes', status('RECRUITING', 'WITHHELD')],
    ['1 trial has not been confirmed by the sponsor in two years', status('RECRUITING', 'UNKNOWN')],
  ])('D9: %s', (fact, told) => {
    expect(wordsOf({ changes: [told] }).first).toBe(`${fact}.`);
  });

  it('D2: facts stand weightiest first, each trial counted once by its weightiest change', () => {
    const opened = [change('dates', 'start-date', '2026-01'), status('SUSPENDED', 'RECRUITING')];
    expect(
      wordsOf(
        { changes: [change('dates', 'start-date', '2026-01')] },
        { changes: opened },
        { changes: [status('RECRUITING', 'COMPLETED')] },
        { changes: opened },
      ).first,
    ).toBe(
      '2 trials are now listed as recruiting, 1 trial is now listed as completed, and 1 trial has new dates.',
    );
  });

  it('the subject tells new trials from changed ones', () => {
    const added = { changes: [change('registration', 'registered')] };
    expect(wordsOf({}).subject).toBe('1 trial you follow changed in the registry');
    expect(wordsOf(added, added).subject).toBe('2 new trials match what you follow');
    expect(wordsOf(added, {}, {}).subject).toBe('2 trials you follow changed in the registry, 1 is new');
  });

  it('D6: a plain subject names the first trial and counts the others', () => {
    const gout = { card: makeCard({ title: 'Gout and rest' }) };
    const subject = (...trials: { card?: TrialCard }[]) => plainSubject(wording, makeDigest(trials));
    expect(subject(gout)).toBe('Gout and rest');
    expect(subject(gout, gout, gout)).toBe('Gout and rest and 2 more trials');
    expect(subject({ card: makeCard({ title: '' }) })).toBe('A trial without a title');
  });

  it('C12: that changes are being checked is said only when they are', () => {
    const digest = makeDigest([{}]);
    expect(digestWords(wording, digest).checking).toBeNull();
    expect(digestWords(wording, { ...digest, checking: true }).checking).toMatch(/^Many records changed/);
  });
});

describe('one trial in words', () => {
  it('C11: a record that is gone has no warnings, and its line says that it is gone', () => {
    const card = makeCard({ verifiedOn: null });
    expect(trialOf({ card, changes: [change('registration', 'removed')] })).toMatchObject({
      isGone: true,
      idLine: 'NCT05164042, no longer in the registry',
      warnings: [],
      confirmed: null,
      facts: null,
    });
    expect(trialOf({ card })).toMatchObject({
      isGone: false,
      idLine: 'NCT05164042, listed as recruiting',
      warnings: ['The record does not say when the sponsor last confirmed it.'],
    });
  });

  it('C11: also when something else changed before it was gone', () => {
    const told = trialOf({ changes: [change('registration', 'removed'), change('title', 'title', 'New')] });
    expect(told?.isGone).toBe(true);
    expect(told?.changes).toHaveLength(2);
  });

  it('D2: sites of one country that say the same are one sentence with each name, others their own', () => {
    const site = (
      ref: number,
      kind: string,
      city: string,
      country: string,
      before = 'RECRUITING',
    ): Change => ({
      facet: 'sites',
      kind,
      before: kind === 'site-added' ? null : before,
      after: kind === 'site-added' ? 'RECRUITING' : kind === 'site-removed' ? null : 'SUSPENDED',
      site: makeSite({ ref, facility: 'Clinic', state: '', city, country }),
    });
    const sentences = (...changes: Change[]) => trialOf({ changes })?.changes.map(({ sentence }) => sentence);
    expect(
      sentences(
        site(1, 'site-added', 'Lille', 'France'),
        site(2, 'site-added', 'Halle', 'Germany'),
        site(3, 'site-added', 'Bonn', 'Germany'),
        site(4, 'site-removed', 'Oslo', 'Norway'),
        site(5, 'site-removed', 'Bergen', 'Norway'),
      ),
    ).toEqual([
      'New site listed as recruiting: Clinic, Lille, France.',
      '2 new sites listed as recruiting – Germany: Clinic, Bonn; Clinic, Halle.',
      '2 sites no longer listed – Norway: Clinic, Bergen; Clinic, Oslo. Before: recruiting.',
    ]);
    const status = sentences(
      site(1, 'site-status', 'Lima', 'Peru'),
      site(2, 'site-status', 'Cusco', 'Peru'),
      site(3, 'site-status', 'Ica', 'Peru', 'NOT_YET_RECRUITING'),
      site(4, 'site-status', 'A', ''),
      site(5, 'site-status', 'B', ''),
    );
    expect(status).toEqual([
      'Site now listed as paused (suspended): Clinic, A. Before: recruiting.',
      'Site now listed as paused (suspended): Clinic, B. Before: recruiting.',
      '2 sites now listed as paused (suspended) – Peru: Clinic, Cusco; Clinic, Lima. Before: recruiting.',
      'Site now listed as paused (suspended): Clinic, Ica, Peru. Before: not yet recruiting.',
    ]);
    const bare = (kind: string) => ({ ...site(1, kind, 'Lima', 'Peru'), before: null, after: null });
    const second = (kind: string) => ({ ...bare(kind), site: makeSite({ ref: 2, country: 'Peru' }) });
    expect(sentences(bare('site-added'), second('site-added'))?.[0]).toMatch(/^2 new sites – Peru: /);
    expect(sentences(bare('site-removed'), second('site-removed'))?.[0]).toMatch(
      /^2 sites no longer listed – Peru: /,
    );
  });

  it('D9: whom to talk to is said of folded and grouped sites too', () => {
    const gone = Array.from(
      { length: 9 },
      (_, n): Change => ({
        ...change('sites', 'site-removed'),
        before: 'RECRUITING',
        site: makeSite({ ref: n, city: `City ${n}` }),
      }),
    );
    expect(trialOf({ changes: gone })?.advice).toMatch(/study team/);
    const added = Array.from(
      { length: 9 },
      (_, n): Change => ({
        ...change('sites', 'site-added', 'RECRUITING'),
        site: makeSite({ ref: 20 + n, city: `City ${n}` }),
      }),
    );
    expect(trialOf({ changes: added })?.advice).toBeNull();
    expect(trialOf({ changes: [...added, ...gone] })?.advice).toMatch(/study team/);
  });

  it('D2: folded changes follow the told ones, without a quotation', () => {
    const minor = ['title', 'sponsor', 'conditions'] as const;
    const told = trialOf({
      changes: [status('SUSPENDED', 'RECRUITING'), ...minor.map((facet) => change(facet, facet, 'x'))],
    });
    expect(told?.changes.slice(1)).toEqual([
      { shape: null, sentence: 'Also changed in the record: conditions, title, and sponsor.', quote: null },
    ]);
  });

  it('M3: a trial that came to match counts as new, one that no longer does is said last', () => {
    const [trial] = entered();
    const digest = { ...makeDigest([{}]), trials: trial ? [trial] : [] };
    expect(digestWords(wording, digest)).toMatchObject({
      subject: '1 new trial matches what you follow',
      first: '1 trial is new to you.',
    });
    const left = makeDigest([
      { items: makeItems([change('registration', 'left')], { kind: 'left' }), reasons: [reasonCondition] },
    ]);
    expect(digestWords(wording, left).first).toBe('1 trial no longer matches what you follow.');
    expect(digestWords(wording, left).trials[0]?.why).toEqual([
      'You have followed “leukemia” since September 14, 2026. The registry files this trial under ' +
        '“Precursor Cell Lymphoblastic Leukemia-Lymphoma”, a more specific term.',
    ]);
  });

  it('a trial without a title still has a heading', () => {
    expect(trialOf({ card: makeCard({ title: ' ' }) })?.title).toBe('A trial without a title');
  });

  it('D9: whom to talk to is said once, however many changes call for it; of others not at all', () => {
    const changes = [
      status('RECRUITING', 'SUSPENDED', 'money'),
      { ...change('sites', 'site-removed'), before: 'RECRUITING', site: makeSite() },
    ];
    const told = trialOf({ changes });
    expect(told?.advice).toBe(
      'If you take part in this trial, talk to the study team before you change anything.',
    );
    expect(told?.changes).toMatchObject([
      {
        sentence: 'Now listed as paused (suspended). Before: recruiting.',
        quote: 'The sponsor’s reason, word for word: “money”',
      },
      {
        sentence: 'Site no longer listed: University Hospital, Leipzig, Saxony, Germany. Before: recruiting.',
        quote: null,
      },
    ]);
    expect(trialOf({ changes: [status('SUSPENDED', 'RECRUITING')] })?.advice).toBeNull();
    const gone = { ...change('sites', 'site-removed'), before: 'RECRUITING', site: makeSite() };
    expect(trialOf({ changes: [status('SUSPENDED', 'RECRUITING'), gone] })?.advice).not.toBeNull();
  });

  it('D9: only a trial that is new to the reader comes with quick facts', () => {
    const [trial] = entered();
    const digest = makeDigest([{}]);
    expect(digestWords(wording, { ...digest, trials: trial ? [trial] : [] }).trials[0]?.facts).toMatch(
      /^Interventional study/,
    );
    expect(trialOf({ changes: [change('registration', 'registered')] })?.facts).toMatch(
      /^Interventional study/,
    );
    expect(trialOf({})?.facts).toBeNull();
  });

  it('D4: says when the sponsor last confirmed the record', () => {
    expect(trialOf({})?.confirmed).toBe('Last confirmed by the sponsor: November 2026 (this month).');
  });

  it('D3: three reasons are said, the rest counted', () => {
    const whyOf = (days: number[]) =>
      trialOf({ reasons: days.map((day) => ({ ...reasonTrial, since: `2026-05-0${day}T12:00:00.000Z` })) })
        ?.why;
    expect(whyOf([1, 2, 3])).toHaveLength(3);
    expect(whyOf([1, 1])).toHaveLength(1);
    expect(whyOf([1, 2, 3, 4, 5])?.slice(3)).toEqual(['It also matches 2 more things you follow.']);
  });

  it('D3: a reason names the subscription, its beginning and the match', () => {
    const why = (match: Reason['match']) => sayReason(wording, { ...reasonCondition, match }, 'UTC');
    expect(sayReason(wording, reasonTrial, 'UTC')).toBe('You have followed this trial since May 3, 2026.');
    expect(why({ by: 'concept', words: 'Leukemia' })).toBe(
      'You have followed “leukemia” since September 14, 2026. The registry files this trial under “Leukemia”.',
    );
    expect(why({ by: 'beneath', words: 'B-ALL' })).toContain('under “B-ALL”, a more specific term');
    expect(why({ by: 'phrase', words: 'x'.repeat(200) })).toContain(`uses the words “${'x'.repeat(119)}…”.`);
  });

  it('D4: warnings name their date, in months up to two years, then in years', () => {
    expect(warningSentence(wording, { kind: 'unverified', date: '2025-01', months: 23 })).toContain(
      '23 months ago',
    );
    expect(warningSentence(wording, { kind: 'unverified', date: '2024-11', months: 25 })).toContain(
      'in November 2024, more than 2 years ago',
    );
    expect(warningSentence(wording, { kind: 'unverified', date: '2024-11', months: 37 })).toContain(
      'than 3 years',
    );
    const past = (status: TrialCard['status']) =>
      warningSentence(wording, { kind: 'past-completion', date: '2026-10', status });
    expect(past('RECRUITING')).toContain(
      '(October 2026) has passed, but the trial is still listed as recruiting',
    );
    expect(past('UNKNOWN')).toContain(
      '(October 2026) has passed. We do not know whether the trial has ended.',
    );
  });

  it('D11: the source says its registry, its day and when it was read', () => {
    const source = { dataDay: '2026-11-20', readAt: '2026-11-20T14:30:00.000Z', timezone: 'UTC' };
    expect(sourceSentence(wording, { ...source, registry: 'ctgov' })).toMatch(
      /^Source: ClinicalTrials.gov, data from November 20, 2026, read on November 20, 2026 at 2:30 PM UTC\./,
    );
    expect(sourceSentence(wording, { ...source, registry: 'other' })).toContain('Source: other, ');
  });
});
