import { describe, expect, it } from 'vitest';
import { listDelta, splitCriteria } from '../../../src/core/diff/criteria.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';

const fifty = 'x'.repeat(49);

describe('a line of criteria', () => {
  it.each([
    'Exclusion',
    'EXCLUSION CRITERIA',
    'Exclusion  Criteria:',
    '*** Exclusion criteria ***',
    '__Exclusion__',
    '_ Exclusion criteria: _',
    '2. Exclusion criteria',
    '2)Exclusion',
    '12.   Exclusion',
    'Key exclusion criteria',
    'Main  exclusion',
    'Major, key exclusion',
    'General exclusion',
    'Additional exclusion',
    'Primary exclusion',
    'Core exclusion',
    'Subject exclusion criteria',
    'Patients’ exclusion criteria',
    'Participants - exclusion criteria',
    '1. Key exclusion criteria',
    'Criteria for exclusion',
    'Key criteria for exclusion:',
    'Exclusion criteria for all groups:',
    `Exclusion criteria ${fifty}`,
  ])('%j is a heading', (line) => {
    expect(splitCriteria(`Adults\n${line}\nSmokers`)).toEqual([
      { list: 'other', text: 'Adults' },
      { list: 'exclusion', text: 'Smokers' },
    ]);
  });

  it.each([
    'No exclusion',
    'Exclusion of smokers',
    'Exclusion criterias',
    'Exclusion criteria. Smokers',
    `Exclusion criteria ${fifty}x`,
    '2 Exclusion',
    'Keyexclusion criteria',
    'Exclusionary criteria',
    'Inclusion body myositis',
  ])('%j is none', (line) => {
    expect(splitCriteria(line)).toEqual([{ list: 'other', text: line }]);
  });

  it.each([
    ['Exclusion: Smokers', 'Smokers'],
    ['Exclusion:S', 'S'],
    ['Exclusion  :   Smokers', 'Smokers'],
    ['- Exclusion criteria: Smokers', 'Smokers'],
    ['__Exclusion criteria: Smokers', 'Smokers'],
    ['Exclusion criteria include: Smokers', 'Smokers'],
    ['Key exclusion: Smokers', 'Smokers'],
    ['Main exclusion criteria: * Smokers', 'Smokers'],
    ['MAJOR EXCLUSION CRITERIA: Smokers: heavy', 'Smokers: heavy'],
  ])('%j is a heading with its first criterion', (line, text) => {
    expect(splitCriteria(line)).toEqual([{ list: 'exclusion', text }]);
    expect(splitCriteria(line.replace(/exclusion/i, 'Inclusion'))).toEqual([{ list: 'inclusion', text }]);
  });

  it.each(['No exclusion: smokers', 'Exclusion period: a week', 'Exclusion criteria that hold: a'])(
    '%j is a criterion',
    (line) => {
      expect(splitCriteria(line)).toEqual([{ list: 'other', text: line }]);
    },
  );

  it.each([
    ...[...'*•·●▪◦‣–—-'].flatMap((mark) => [`${mark} Adults`, `${mark}Adults`, `${mark}   Adults`]),
    'o Adults',
    'o   Adults',
    '1. Adults',
    '1.Adults',
    '12) Adults',
    '(1) Adults',
    '(12.  Adults',
    'a. Adults',
    'B) Adults',
    '(c) Adults',
    'ii. Adults',
    'XIII) Adults',
    '(iv)   Adults',
  ])('%j begins a criterion of its own', (line) => {
    expect(splitCriteria(`Smokers\n${line}`)).toEqual([
      { list: 'other', text: 'Smokers' },
      { list: 'other', text: 'Adults' },
    ]);
  });

  it.each([
    'older adults',
    'o',
    '*',
    '1.5 mg',
    '1) ',
    '123. adults',
    '1 adult',
    'ab) adults',
    '(a adults',
    'ii adults',
    'viiii) adults',
    'vi adults',
    'and * adults',
    'and 1) adults',
    'and o adults',
    'and ii) adults',
  ])('%j goes on with the one before', (line) => {
    expect(splitCriteria(`Smokers\n${line}`)).toEqual([{ list: 'other', text: `Smokers ${line.trim()}` }]);
  });
});

describe('the values of a change', () => {
  const changeOf = (before: Partial<Trial>, after: Partial<Trial>) => {
    const [edit] = compareTrials(someTrial(before), someTrial({ ...before, ...after })).edits;
    return edit?.change;
  };

  it('of criteria: all of them, before and after', () => {
    expect(changeOf({ criteria: '* Adults' }, { criteria: '* Children' })).toEqual({
      facet: 'eligibility',
      kind: 'criteria',
      before: [{ list: 'other', text: 'Adults' }],
      after: [{ list: 'other', text: 'Children' }],
    });
  });

  it('of a list: how often each value came and went', () => {
    expect(listDelta(['a'], ['a', 'a'])).toEqual({ added: ['a'], removed: [] });
    expect(listDelta(['a', 'a'], ['a'])).toEqual({ added: [], removed: ['a'] });
    expect(listDelta(['x', 'a', 'y', 'a', 'z'], ['p', 'a', 'r'])).toEqual({
      added: ['p', 'r'],
      removed: ['x', 'y', 'a', 'z'],
    });
  });

  it('of enrollment that was not given before: the present number', () => {
    const enrollment = { count: 10, type: 'ACTUAL' } as const;
    expect(changeOf({ enrollment: null }, { enrollment })).toEqual({
      facet: 'enrollment',
      kind: 'enrollment',
      before: null,
      after: enrollment,
    });
  });

  it('of the details of arms and outcomes: marks that differ', () => {
    const arms = (description: string) => ({ arms: [{ label: 'A', type: null, description }] });
    const outcomes = (timeFrame: string): Partial<Trial> => ({
      outcomes: [{ kind: 'primary', measure: 'Pain', timeFrame, description: '' }],
    });
    for (const [change, facet, kind] of [
      [changeOf(arms('x'), arms('y')), 'interventions', 'arms-details'],
      [changeOf(outcomes('1 week'), outcomes('1 year')), 'outcomes', 'outcomes-details'],
    ] as const) {
      expect(change).toMatchObject({ facet, kind });
      expect(change?.before).toMatch(/^[0-9a-f]{8}$/);
      expect(change?.after).toMatch(/^[0-9a-f]{8}$/);
      expect(change?.before).not.toBe(change?.after);
    }
  });
});
