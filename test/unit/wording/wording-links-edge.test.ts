import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { Nearness } from '../../../src/core/digest-change.ts';
import type { Digest, DigestTrial, Reason } from '../../../src/core/digests/digest.ts';
import { digestWords } from '../../../src/core/wording/digest/digest.ts';
import { firstFacts } from '../../../src/core/wording/digest/first-line.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import {
  makeCard,
  makeDigest,
  makeItems,
  makeSite,
  reasonCondition,
  reasonTrial,
  statusChange,
} from '../../support/trial-samples.ts';

const wording = createWording('en');

/** The words of the only trial of a digest, with whatever a test wants otherwise. */
function wordsOf(over: Partial<DigestTrial>, card: Partial<DigestTrial['card']> = {}) {
  const made: Digest = makeDigest([{ card: makeCard(card) }]);
  const [trial] = made.trials;
  if (!trial) throw new Error('no trial');
  const [words] = digestWords(wording, { ...made, trials: [{ ...trial, ...over }] }).trials;
  if (!words) throw new Error('no words');
  return words;
}
const removed: Change = { facet: 'registration', kind: 'removed', before: null, after: null };

describe('where a trial of a digest leads', () => {
  it('is its page, and its versions side by side where there are two and the record is not gone', () => {
    expect(wordsOf({}, { id: 'NCT1/2' }).page).toBe('/trials/NCT1%2F2');
    const versions = { from: 3, to: 5 };
    expect(wordsOf({ versions })).toMatchObject({ compare: '/trials/NCT05164042/compare?from=3&to=5' });
    expect(wordsOf({ versions, changes: [removed] }).compare).toBeNull();
    const first = makeDigest([{ items: makeItems([statusChange], { version: 1 }) }]);
    expect(digestWords(wording, first).trials[0]?.compare).toBeNull();
  });

  it('is to less of what brought it: the trial itself where it is followed, else the first thing', () => {
    const of = (...reasons: Reason[]) => wordsOf({ reasons }).subscriptionId;
    expect(of(reasonCondition, reasonTrial)).toBe(1);
    expect(of(reasonCondition, { ...reasonCondition, subscriptionId: 3 })).toBe(2);
    expect(of()).toBeNull();
  });
});

describe('a trial that is finished and has results', () => {
  const done = { status: 'COMPLETED', resultsPostedOn: '2026-11-01' } as const;

  it('is said to be, to somebody who follows it', () => {
    expect(wordsOf({}, done).finished).toBe('This trial is completed, and its results are posted.');
    expect(wordsOf({ reasons: [reasonCondition, reasonTrial] }, done).finished).not.toBeNull();
  });

  it('is not where it only matches, runs, has no results, or is gone', () => {
    expect(wordsOf({ reasons: [reasonCondition] }, done).finished).toBeNull();
    expect(wordsOf({ reasons: [] }, done).finished).toBeNull();
    expect(wordsOf({}, { ...done, status: 'TERMINATED' }).finished).toBeNull();
    expect(wordsOf({}, { ...done, resultsPostedOn: null }).finished).toBeNull();
    expect(wordsOf({ changes: [removed] }, done).finished).toBeNull();
  });
});

describe('D4: when the sponsor last confirmed a record', () => {
  it.each([
    ['2026-11', 'Last confirmed by the sponsor: November 2026 (this month).'],
    ['2026-10', 'Last confirmed by the sponsor: October 2026 (1 month ago).'],
    ['2024-12', 'Last confirmed by the sponsor: December 2024 (23 months ago).'],
    ['2024-11', 'Last confirmed by the sponsor: November 2024 (24 months ago).'],
    ['2024-10', 'Last confirmed by the sponsor: October 2024 (more than 2 years ago).'],
    ['2023-10', 'Last confirmed by the sponsor: October 2023 (more than 3 years ago).'],
    ['2026-12', 'Last confirmed by the sponsor: December 2026.'],
    ['soon', 'Last confirmed by the sponsor: soon.'],
  ])('%s', (verifiedOn, sentence) => {
    expect(wordsOf({}, { verifiedOn }).confirmed).toBe(sentence);
  });

  it('is not said where the record does not say', () => {
    expect(wordsOf({}, { verifiedOn: null }).confirmed).toBeNull();
  });
});

describe('whom to talk to', () => {
  it('D9: is said with what was folded, where one of it must not stand alone', () => {
    const fold = { facet: 'sites', kind: 'site-removed', count: 2, country: 'Chad' };
    expect(wordsOf({ folded: [fold] }).advice).toBeNull();
    expect(wordsOf({ folded: [fold, { ...fold, needsAdvice: true }] }).advice).toMatch(
      /talk to the study team/,
    );
  });
});

describe('the first line of a digest', () => {
  const trial = (change: Change | null, near?: Nearness, folded: DigestTrial['folded'] = []): DigestTrial => {
    const [made] = makeDigest([{}]).trials;
    if (!made) throw new Error('no trial');
    return { ...made, changes: change ? [near ? { ...change, near } : change] : [], folded };
  };
  const facts = (...trials: DigestTrial[]) => firstFacts(wording, trials);
  const leipzig = { km: 3, place: 'Leipzig' };
  const berlin = { km: 3, place: 'Berlin' };
  const added: Change = { facet: 'registration', kind: 'registered', before: null, after: null };
  const site: Change = {
    facet: 'sites',
    kind: 'site-status',
    before: null,
    after: 'RECRUITING',
    site: makeSite(),
  };

  it('counts near ones apart: now recruiting before new ones, by the place or by several', () => {
    expect(facts(trial(statusChange, leipzig), trial(site, leipzig), trial(statusChange))).toEqual([
      '2 trials are now listed as recruiting near Leipzig',
      expect.stringContaining('1 trial'),
    ]);
    expect(facts(trial(added, leipzig), trial(statusChange, leipzig), trial(statusChange, berlin))).toEqual([
      '2 trials are now listed as recruiting near the places you chose',
      '1 trial listed as recruiting near Leipzig is new to you',
    ]);
    expect(facts(trial(added, leipzig), trial(added, berlin))).toEqual([
      '2 trials listed as recruiting near the places you chose are new to you',
    ]);
  });

  it('counts a near site that does not recruit as a site', () => {
    expect(facts(trial({ ...site, after: 'COMPLETED' }, leipzig))).toEqual(['1 trial has changed sites']);
  });

  it('counts a trial of which all is folded by the first of that', () => {
    const fold = (facet: string) => [{ facet, kind: facet, count: 1 }];
    expect(facts(trial(null, undefined, fold('sites')))).toEqual(['1 trial has changed sites']);
    expect(facts(trial(null, undefined, fold('title')), trial(null))).toEqual([
      '2 trials have other changes',
    ]);
  });
});
