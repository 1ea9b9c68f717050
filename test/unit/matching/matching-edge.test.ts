import { describe, expect, it } from 'vitest';
import { conceptsNamedIn } from '../../../src/core/matching/disease-names.ts';
import { passagesOf } from '../../../src/core/matching/passages.ts';
import { findOccurrences, indexNames } from '../../../src/core/matching/phrases.ts';
import type { FollowedCondition } from '../../../src/core/matching/topics.ts';
import {
  buildPhraseIndex,
  followedPhrases,
  matchOf,
  topicsOf,
  topicsOfCondition,
} from '../../../src/core/matching/topics.ts';
import { follow, followLiterally, makeTrial } from '../../support/matching.ts';

const matches = (condition: string, followed: FollowedCondition) =>
  matchOf(makeTrial({ conditions: [condition] }), followed) !== null;

describe('M1: where a trial may speak of a condition', () => {
  const read = (condition: string) =>
    passagesOf({ conditions: [condition], title: '', officialTitle: null }).map((words) => words.join(' '));

  it.each<[string, string[]]>([
    ['Asthma', ['asthma']],
    ['Lung (NSCLC) cancer', ['lung | nsclc | cancer', 'lung cancer']],
    ['Lung [NSCLC] cancer', ['lung | nsclc | cancer', 'lung cancer']],
    ['Asthma, Exercise-Induced', ['asthma | exercize induced', 'exercize induced asthma']],
    [
      'Asthma, Exercise-Induced, in Children',
      ['asthma | exercize induced | in children', 'in children exercize induced asthma'],
    ],
    ['Asthma, COPD and cough', ['asthma | copd and cough']],
    ['Asthma, COPD; cough', ['asthma | copd | cough']],
    ['Asthma,', ['asthma |']],
    ['Asthma, one two three four', ['asthma | one two three four', 'one two three four asthma']],
    ['Asthma, one two three four five', ['asthma | one two three four five']],
    ['Breast and lung cancer', ['breast and lung cancer', 'breast cancer']],
    ['Liver, breast or lung cancer', ['liver | breast or lung cancer', 'breast cancer', 'liver cancer']],
    ['Small bowel and large bowel cancer', ['small bowel and large bowel cancer', 'small bowel cancer']],
    ['Non-Hodgkin and Hodgkin lymphoma', ['non hodgkin and hodgkin lymphoma', 'non hodgkin lymphoma']],
    ['and lung cancer', ['and lung cancer']],
    ['Cancer', ['cancer']],
    ['', []],
  ])('%j', (condition, passages) => {
    expect(read(condition)).toEqual(passages);
  });

  it('titles are read too, each text once', () => {
    const texts = { conditions: ['Asthma', 'Asthma'], title: 'Asthma', officialTitle: 'Gout (acute)' };
    expect(passagesOf(texts).map((words) => words.join(' '))).toEqual(['asthma', 'gout | acute |', 'gout']);
  });
});

describe('M1: names in a text', () => {
  it('are found as whole words, each with its place, the empty one nowhere', () => {
    const index = indexNames([
      ['lung cancer', 1],
      ['cancer', 2],
      ['cancer', 3],
      ['', 4],
    ]);
    const found = findOccurrences([['lung', 'cancer'], ['cancer']], index);
    expect(found.map(({ value, start, end, passage }) => [value, start, end, passage.length])).toEqual([
      [1, 0, 2, 2],
      [2, 1, 2, 2],
      [3, 1, 2, 2],
      [2, 0, 1, 1],
      [3, 0, 1, 1],
    ]);
  });

  it.each([
    ['stage 4 lung cancer', ['D008175']],
    ['asthma and asthma', ['D001249']],
    ['heat stroke', []],
    ['nothing of the kind', []],
  ])('the headings named in %j are %j', (text, ids) => {
    expect(conceptsNamedIn(text)).toEqual(ids);
  });
});

describe('M1: a name that is denied is no match', () => {
  const asthma = follow('asthma');

  it.each<[string, boolean]>([
    ['Asthma', true],
    ['No asthma', false],
    ['Not asthma', false],
    ['Excluding asthma', false],
    ['Without severe asthma', false],
    ['Without any severe asthma', true],
    ['With or without asthma', true],
    ['With and without asthma', true],
    ['COPD without, asthma', true],
    ['Non asthma', false],
    ['Asthma like symptoms', false],
    ['Asthma, like symptoms', true],
    ['Likely asthma', true],
  ])('%j: %s', (condition, expected) => {
    expect(matches(condition, asthma)).toBe(expected);
  });
});

describe('M1: longer names', () => {
  it('nobody knows are kinds of their last words', () => {
    expect(matches('Gouty fantasy asthma', follow('asthma'))).toBe(true);
    expect(matches('Asthma', followLiterally('asthma'))).toBe(true);
    expect(matches('Severe asthma', followLiterally('severe asthma'))).toBe(true);
  });

  it('headings that the record files beneath the followed one are kinds of it', () => {
    const trial = makeTrial({
      conditions: ['Pulmonary hypertension'],
      meshes: ['D006976 Hypertension, Pulmonary'],
      ancestors: ['D006973 Hypertension'],
    });
    expect(matchOf(trial, follow('hypertension'))?.by).toBe('beneath');
    expect(matches('Pulmonary hypertension', follow('hypertension'))).toBe(false);
  });
});

describe('M1: the phrases of a followed condition', () => {
  const gout: FollowedCondition = {
    conceptId: 'D000006073',
    conceptTerm: 'Gout',
    phrases: ['Gout', 'gout', 'GA', 'podagra'],
  };

  it('is its heading and each phrase once, short ones left out', () => {
    expect(followedPhrases(gout)).toEqual([
      { topic: 'phrase:D006073:gout', phrase: 'Gout', conceptId: 'D006073' },
      { topic: 'phrase:D006073:podagra', phrase: 'podagra', conceptId: 'D006073' },
    ]);
    expect(topicsOfCondition(gout)).toEqual(['concept:D006073', 'phrase:D006073:podagra']);
    expect(topicsOfCondition({ conceptId: null, phrases: ['podagra'] })).toEqual(['phrase:-:podagra']);
  });

  it('a trial without any of it has no topic but itself', () => {
    const index = buildPhraseIndex(followedPhrases(gout));
    expect(topicsOf(makeTrial({ conditions: ['Nagana'] }), index)).toEqual(['trial:ctgov:NCT00000001']);
    expect(topicsOf(makeTrial({ conditions: ['Podagra', 'Podagra'] }), index)).toEqual([
      'trial:ctgov:NCT00000001',
      'phrase:D006073:podagra',
    ]);
    expect(matchOf(makeTrial({ conditions: ['Asthma'] }), gout)).toBeNull();
    expect(matchOf(makeTrial({ meshes: ['D006073 Gout'] }), gout)).toEqual({ by: 'concept', words: 'Gout' });
  });

  it('a heading above is explained by the heading beneath it that shares its words, or by itself', () => {
    const above = { conceptId: 'D999991', conceptTerm: 'Strange Fevers', phrases: [] };
    const beneath = (...meshes: string[]) =>
      matchOf(
        makeTrial({
          conditions: meshes.map((mesh) => mesh.slice(8)),
          meshes,
          ancestors: ['D999991 Strange Fevers'],
        }),
        above,
      );
    expect(beneath('D999992 Odd Illness')).toEqual({ by: 'beneath', words: 'Odd Illness' });
    expect(beneath('D999992 Odd Illness', 'D999993 Strange Mountain Fever')).toEqual({
      by: 'beneath',
      words: 'Strange Mountain Fever',
    });
    expect(beneath('D999992 Odd Illness', 'D999994 Other Illness')).toEqual({
      by: 'beneath',
      words: 'Strange Fevers',
    });
    expect(beneath('D012008 Recurrence', 'D999992 Odd Illness')).toEqual({
      by: 'beneath',
      words: 'Odd Illness',
    });
    expect(beneath()).toEqual({ by: 'beneath', words: 'Strange Fevers' });
  });
});
