import { describe, expect, it } from 'vitest';
import { listDelta, splitCriteria } from '../../../src/core/diff/criteria.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { isRespelled } from '../../../src/core/diff/spelling.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';

const text = `Inclusion Criteria:

* Age ≥ 18 years
* Asthma, diagnosed by
a physician

  1. mild
  2) moderate

Key Exclusion Criteria

- Smoker
• Pregnant`;

describe('single criteria', () => {
  it('come without bullets and headings, each in its list', () => {
    expect(splitCriteria(text)).toEqual([
      { list: 'inclusion', text: 'Age ≥ 18 years' },
      { list: 'inclusion', text: 'Asthma, diagnosed by a physician' },
      { list: 'inclusion', text: 'mild' },
      { list: 'inclusion', text: 'moderate' },
      { list: 'exclusion', text: 'Smoker' },
      { list: 'exclusion', text: 'Pregnant' },
    ]);
  });

  it.each([
    ['one line each', 'INCLUSION CRITERIA: Adults\nEXCLUSION CRITERIA: Smokers', ['inclusion', 'exclusion']],
    ['no headings', 'Adults\n\nNo smokers', ['other', 'other']],
    ['no criteria at all', 'Inclusion Criteria:\n\n*\n', []],
    ['a sentence that excludes is no heading', 'Exclusion of smokers is not needed here.', ['other']],
    [
      'numbered headings',
      '1. Main inclusion criteria\n- Adults\n2. Exclusion criteria:\n- Smokers',
      ['inclusion', 'exclusion'],
    ],
  ])('%s', (_name, criteria, lists) => {
    expect(splitCriteria(criteria).map(({ list }) => list)).toEqual(lists);
  });
});

const told = (before: string, after: string) => {
  const [change] = compareTrials(someTrial({ criteria: before }), someTrial({ criteria: after })).changes;
  return change && listDelta(change.before, change.after);
};

describe('eligibility', () => {
  it('is told as criteria that came and went', () => {
    expect(told(text, text.replace('Smoker', 'Heavy smoker'))).toEqual({
      added: [{ list: 'exclusion', text: 'Heavy smoker' }],
      removed: [{ list: 'exclusion', text: 'Smoker' }],
    });
  });

  it('C1: order, bullets, numbering, capitals, quotes and spacing are silent', () => {
    const noisy = `Inclusion criteria\n\n1) ASTHMA, diagnosed by a physician.\n\n2) Age >=18 years\n\n a. moderate\n b. mild\n\nExclusion:\n\n1. pregnant;\n2. "Smoker"`;
    expect(told(text, noisy)).toBeUndefined();
    const { edits } = compareTrials(someTrial({ criteria: text }), someTrial({ criteria: noisy }));
    expect(edits.map(({ fate, reason }) => `${fate}: ${reason}`)).toEqual([
      'silent: only order or spelling changed',
    ]);
  });

  it('a criterion that moves from one list to the other is a change', () => {
    const moved = text.replace('• Pregnant', '').replace('* Age', '* Pregnant\n* Age');
    expect(told(text, moved)).toEqual({
      added: [{ list: 'inclusion', text: 'Pregnant' }],
      removed: [{ list: 'exclusion', text: 'Pregnant' }],
    });
  });

  it.each([
    ['Age ≥ 18', 'Age ≤ 18'],
    ['Age > 18', 'Age >= 18'],
    ['HbA1c 7.5', 'HbA1c 75'],
    ['BMI 18-30', 'BMI 18-35'],
    ['dose ≠ 0', 'dose = 0'],
    ['no asthma', 'asthma'],
    ['+1 week', '-1 week'],
  ])('%s is not %s', (before, after) => {
    expect(isRespelled(before, after)).toBe(false);
    expect(told(before, after)).toBeDefined();
  });

  it('C6: there and back cancel', () => {
    const other = text.replace('Smoker', 'Heavy smoker');
    const [forth] = compareTrials(someTrial({ criteria: text }), someTrial({ criteria: other })).changes;
    const [back] = compareTrials(someTrial({ criteria: other }), someTrial({ criteria: text })).changes;
    expect(back?.after).toEqual(forth?.before);
  });
});

describe('listDelta', () => {
  it('counts repeated values and ignores values that are not lists', () => {
    expect(listDelta(['a', 'a', 'b'], ['a', 'B', 'c'])).toEqual({ added: ['c'], removed: ['a'] });
    expect(listDelta(null, ['a'])).toEqual({ added: ['a'], removed: [] });
  });
});

describe('C16: a megabyte of anything', () => {
  it.each([
    ['words', 'ab '.repeat(300_000)],
    ['stars', `${'*'.repeat(1_000_000)} inclusion x`],
    ['emphasis', `${'_ '.repeat(500_000)}inclusion`],
    ['spaces', `a${' '.repeat(1_000_000)}b`],
    ['headings', 'Inclusion\n'.repeat(100_000)],
    ['signs', '<>=('.repeat(200_000)],
  ])('of %s is compared', (_name, criteria) => {
    const { edits } = compareTrials(someTrial({ criteria }), someTrial({ criteria: `${criteria}\n* z` }));
    expect(edits).toHaveLength(1);
  });
});
