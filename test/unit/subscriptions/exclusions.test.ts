import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { type FollowedSubscription, judgeCandidates } from '../../../src/core/digests/compose.ts';
import {
  type Exclusion,
  exclusionsAtMost,
  isExcludable,
  isExcluded,
  matchBeside,
  withExclusion,
  withoutExclusion,
} from '../../../src/core/subscriptions/exclusions.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { mustRead } from '../../support/ctgov-study.ts';
import { makeTrial as makeMatchable } from '../../support/matching.ts';
import { study } from '../../support/study.ts';

const asthma = { conceptId: 'D001249', conceptTerm: 'Asthma', phrases: ['wheezing illness'] };
/** A whole trial whose names and headings are these. */
const makeTrial = (parts: Parameters<typeof makeMatchable>[0]): Trial => ({
  ...mustRead(study('NCT09900001')).trial,
  ...makeMatchable({ id: 'NCT09900001', ...parts }),
});
const sought = { ancestors: ['D001249 Asthma'] };
const narrow = 'D999992 Exercise Wheeze';
const beneath: Exclusion = { by: 'beneath', words: 'Exercise Wheeze' };
const byKeyword: Exclusion = { by: 'keyword', words: 'Asthma' };
const ways = (trial: Trial, exclusions: Exclusion[]) => matchBeside(trial, { ...asthma, exclusions });

describe('what a reader said does not fit', () => {
  it('M5: trials found only in one way are left out, and those found in another way too are not', () => {
    const only = makeTrial({ ...sought, meshes: [narrow], conditions: ['Exercise wheeze'] });
    const also = makeTrial({
      ...sought,
      meshes: [narrow],
      conditions: ['Exercise wheeze', 'Wheezing illness'],
    });
    const coded = makeTrial({
      meshes: [narrow, 'D001249 Asthma'],
      conditions: ['Exercise wheeze', 'Asthma'],
    });
    expect(ways(only, [])).toEqual(beneath);
    expect(ways(only, [beneath])).toBeNull();
    expect(ways(only, [{ ...beneath, words: 'exercise  wheeze ' }])).toBeNull();
    expect(ways(also, [beneath])).toEqual({ by: 'phrase', words: 'wheezing illness' });
    expect(ways(coded, [beneath])).toEqual({ by: 'concept', words: 'Asthma' });
    expect(ways(only, [byKeyword])).toEqual(beneath);
  });

  it('M5: a keyword left out leaves the same words in the title and other keywords', () => {
    const keyword = makeTrial({
      conditions: ['Allergy', 'Bronchial diseases'],
      keywords: ['asthma'],
    });
    const match: Exclusion = { by: 'keyword', words: 'asthma' };
    expect(ways(keyword, [])).toEqual(match);
    // Its participants are the other way.
    expect(ways(keyword, [match])).toEqual({ by: 'admitted', words: 'Asthma' });
    expect(ways(keyword, [match, { by: 'admitted', words: 'asthma' }])).toBeNull();
    const titled = makeTrial({ conditions: ['Allergy'], title: 'Asthma in town', keywords: ['asthma'] });
    expect(ways(titled, [{ by: 'keyword', words: 'asthma' }])?.by).toBe('phrase');
    const two = makeTrial({ conditions: ['Asthma', 'Bronchial asthma'], keywords: [] });
    const first = ways(two, []);
    expect(first?.by).toBe('phrase');
    const rest = ways(two, first ? [first] : []);
    expect(rest).not.toBeNull();
    expect(rest?.words.toLowerCase()).not.toBe(first?.words.toLowerCase());
  });

  it('M5: one trial is left out by each of its numbers, whatever way it is found', () => {
    const trial = makeTrial({ meshes: ['D001249 Asthma'] });
    const out: Exclusion = { by: 'concept', words: 'Asthma', trial: trial.id };
    expect(isExcluded(trial, { ...asthma, exclusions: [out] })).toBe(true);
    expect(
      isExcluded({ ...trial, id: 'NCT09999999', aliases: [trial.id] }, { ...asthma, exclusions: [out] }),
    ).toBe(true);
    expect(isExcluded({ ...trial, id: 'NCT09999998', aliases: [] }, { ...asthma, exclusions: [out] })).toBe(
      false,
    );
    expect(isExcluded(trial, { ...asthma, exclusions: [] })).toBe(false);
  });

  it('M5: what is followed itself cannot be left out as a way', () => {
    expect(isExcludable({ by: 'concept', words: 'Asthma' }, asthma)).toBe(false);
    expect(isExcludable({ by: 'beneath', words: 'Asthma' }, asthma)).toBe(false);
    expect(isExcludable({ by: 'phrase', words: 'wheezing illness' }, asthma)).toBe(true);
    const words = { conceptId: null, conceptTerm: null, phrases: ['my words'] };
    expect(isExcludable({ by: 'phrase', words: 'my words' }, words)).toBe(false);
    for (const by of ['keyword', 'admitted'] as const)
      expect(isExcludable({ by, words: 'asthma' }, asthma)).toBe(true);
  });

  it('M5: an exclusion stands once, is taken back whole, and there are not more than fit', () => {
    const once = withExclusion([], beneath) ?? [];
    expect(withExclusion(once, { ...beneath, words: 'EXERCISE wheeze' })).toEqual(once);
    expect(withoutExclusion(once, { ...beneath, words: 'exercise Wheeze' })).toEqual([]);
    const many = Array.from({ length: exclusionsAtMost }, (_, n) => ({ ...beneath, trial: `NCT${n}` }));
    expect(withExclusion(many, beneath)).toBeNull();
    expect(withExclusion(many, { ...beneath, trial: 'NCT0' })).toEqual(many);
  });
});

describe('changes of a trial that was said not to fit', () => {
  const follow: FollowedSubscription = {
    ...{ id: 1, kind: 'condition', words: 'asthma', ...asthma, topics: ['concept:D001249'] },
    ...{ filters: {}, watchingSince: '2026-11-02T12:00:00.000Z', exclusions: [beneath] },
  };
  const only = makeTrial({ ...sought, meshes: [narrow], conditions: ['Exercise wheeze'] });
  const fits = makeTrial({ meshes: [narrow, 'D001249 Asthma'], conditions: ['Exercise wheeze', 'Asthma'] });
  const none = makeTrial({ meshes: ['D006073 Gout'], conditions: ['Gout'] });
  const judge = (kind: string, earlier: Trial | null, newest: Trial, one = follow) => {
    const change: Change = { facet: 'registration', kind, before: null, after: 'RECRUITING' };
    const told: Change = kind === 'status' ? { ...change, facet: 'status' } : change;
    const candidate = {
      subscriptionId: 1,
      subscriberId: 9,
      changeId: 1,
      position: 1,
      trialId: 7,
      version: 2,
    };
    const owed = { ...candidate, change: told, otherTopics: null, detectedAt: '2026-11-06T12:00:00.000Z' };
    const before = new Map(earlier ? [['7/1', earlier]] : []);
    const judged = judgeCandidates(one, [owed], newest, { before }).get(1);
    return typeof judged === 'string' ? judged : judged?.kind;
  };

  it('M5: are not told, nor that it came or went', () => {
    expect(judge('status', only, only)).toBe('excluded');
    expect(judge('registered', null, only)).toBe('excluded');
    expect(judge('entered', none, only)).toBe('excluded');
    expect(judge('left', only, none)).toBe('excluded');
  });

  it('M5: are told once it is found in another way, and that it no longer is', () => {
    expect(judge('status', only, fits)).toBe('entered');
    expect(judge('status', fits, only)).toBe('left');
    expect(judge('status', fits, fits)).toBe('told');
    expect(judge('left', fits, none)).toBe('left');
    expect(judge('entered', none, fits)).toBe('entered');
  });

  it('M5: are told to who follows the trial itself', () => {
    const alone = { ...follow, kind: 'trial' as const, words: only.id, topics: [`trial:ctgov:${only.id}`] };
    expect(judge('status', only, only, alone)).toBe('told');
  });
});
