import { describe, expect, it } from 'vitest';
import { canonicalText, canonicalValue, siteKey } from '../../../src/core/canonical.ts';
import { listDelta, splitCriteria } from '../../../src/core/diff/criteria.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { isRespelled } from '../../../src/core/diff/spelling.ts';
import { isIdentical, isSameValue } from '../../../src/core/same-value.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

describe('C1: two values that are one', () => {
  it.each<[unknown, unknown]>([
    ['a b', 'a  b'],
    ['a b', 'a\tb'],
    ['a b', 'a\n\nb'],
    ['a b', 'a\u00a0b'],
    ['a b', ' a b'],
    ['a b', 'a b '],
    ['a b', '\n a b \n'],
    ['', ' '],
    ['Zürich', 'Zu\u0308rich'],
    ['Zürich West', 'Zu\u0308rich  West'],
    ['caf\u00e9', 'cafe\u0301'],
    [
      [1, 1, 2],
      [2, 1, 1],
    ],
    [
      ['a b', 'c'],
      ['c', 'a  b'],
    ],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [
      { a: 1, ref: 5 },
      { a: 1, ref: 6 },
    ],
    [
      [{ a: 'x' }, { a: 'y' }],
      [{ a: 'y' }, { a: 'x ' }],
    ],
    [null, null],
    [[], []],
  ])('%j and %j', (a, b) => {
    expect([isSameValue(a, b), isSameValue(b, a)]).toEqual([true, true]);
    expect(canonicalValue(a)).toEqual(canonicalValue(b));
  });

  it.each<[unknown, unknown]>([
    ['ab', 'a b'],
    ['a', 'ab'],
    ['a', ''],
    ['a ', 'a b'],
    ['ab ', 'abc'],
    ['ab', 'ab\u0301'],
    ['\u00e9', 'e'],
    ['a b', 'a c'],
    ['a  b', 'a  c'],
    [' a', 'b'],
    [
      [1, 1, 2],
      [1, 2, 2],
    ],
    [[1], [1, 1]],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 2 }],
    [{}, null],
    ['1', 1],
    [5, {}],
    [0, []],
    [
      ['p', 'x', 'x'],
      ['x', 'p', 'y'],
    ],
    [null, 'a'],
    [[null], [{}]],
  ])('%j and %j are two', (a, b) => {
    expect([isSameValue(a, b), isSameValue(b, a)]).toEqual([false, false]);
    expect([isIdentical(a, b), isIdentical(b, a)]).toEqual([false, false]);
  });

  it('only identical writing is identical, apart from our numbers for sites', () => {
    expect(isIdentical({ a: [1, { b: 'x' }], ref: 1 }, { ref: 2, a: [1, { b: 'x' }] })).toBe(true);
    for (const [a, b] of [
      ['a b', 'a  b'],
      [
        [1, 2],
        [2, 1],
      ],
      [[1], [1, 2]],
    ])
      expect([isIdentical(a, b), isIdentical(b, a)]).toEqual([false, false]);
  });

  it('a version is the same whatever the order of lists and keys, and holds nothing but values', () => {
    expect(
      JSON.stringify(canonicalValue({ b: ['y', 'x', 'y'], a: 'x  y', ref: 5, c: undefined, d: true, e: 0 })),
    ).toBe('{"a":"x y","b":["x","y","y"],"c":null,"d":true,"e":0}');
    expect(canonicalValue([[2, 1], [1]])).toEqual([[1, 2], [1]]);
    expect(['a b', ' a', 'a ', 'a  b', 'a\u2003b', 'é', 'x\u00a0'].map(canonicalText)).toEqual([
      'a b',
      'a',
      'a',
      'a b',
      'a b',
      'é',
      'x',
    ]);
  });

  it('a site is another when anything but its number differs', () => {
    const key = siteKey(someSite());
    expect(siteKey(someSite({ ref: 9, facility: 'Anna  Hospital' }))).toBe(key);
    expect(siteKey(someSite({ contacts: ['b', 'a'] }))).toBe(siteKey(someSite({ contacts: ['a', 'b'] })));
    for (const over of [
      { status: null },
      { facility: 'x' },
      { city: 'x' },
      { state: 'x' },
      { zip: 'x' },
      { country: 'x' },
      { lat: 1 },
      { lon: 1 },
      { contacts: ['x'] },
    ])
      expect(siteKey(someSite(over))).not.toBe(key);
  });
});

describe('C1: spelling', () => {
  it.each([
    ['Age ≥ 18', 'age >=18'],
    ['Age => 18', 'Age >= 18'],
    ['Age =< 18', 'Age ≤18'],
    ['18–65 years', '18-65 years'],
    ['"Severe" asthma', '“severe” asthma'],
    ["patient's", 'patient’s'],
    ['*Severe* asthma', '_severe_ asthma'],
    ['Asthma.', 'asthma;'],
    ['mild, moderate', 'mild moderate'],
    ['• Asthma', 'Asthma'],
    ['Asthma - severe', 'Asthma severe'],
    ['[Severe] {asthma}', 'severe asthma'],
    ['and / or', 'and/or'],
    ['( mild )', '(mild)'],
    ['Zürich', 'zurich'],
    ['≠ 0', '!= 0'],
  ])('%j and %j differ in spelling alone', (a, b) => {
    expect([isRespelled(a, b), isRespelled(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['1.5 mg', '15 mg'],
    ['1:2', '12'],
    ['1,5', '15'],
    ['mild moderate', 'mildmoderate'],
    ['> 5', '< 5'],
    ['-1', '1'],
    ['(mild)', 'mild'],
    ['a/b', 'ab'],
    ['A B', 'B A'],
  ])('%j and %j do not mean the same', (a, b) => {
    expect([isRespelled(a, b), isRespelled(b, a)]).toEqual([false, false]);
  });

  it('a missing text is not a spelling of anything', () => {
    expect([isRespelled(null, null), isRespelled('', null), isRespelled(null, '')]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('single criteria', () => {
  const read = (text: string) => splitCriteria(text).map((one) => `${one.list}: ${one.text}`);

  it.each([
    'Inclusion Criteria:',
    'INCLUSION CRITERIA',
    '**Inclusion Criteria**',
    'Key Inclusion Criteria',
    'Main inclusion criteria',
    'Major Inclusion Criteria:',
    'Subjects: Inclusion Criteria',
    'Participant Inclusion Criteria',
    'General / Additional Inclusion Criteria',
    'Criteria for inclusion',
    '1. Inclusion',
    '12) Inclusion criteria',
    'Inclusion criteria for part A:',
    '- Inclusion:',
    'Inclusion',
  ])('%j is a heading', (line) => {
    expect(read(`${line}\nAdults`)).toEqual(['inclusion: Adults']);
    expect(read(`${line.replace(/inclusion/i, 'Exclusion')}\nAdults`)).toEqual(['exclusion: Adults']);
  });

  it.each([
    'Inclusion of children needs consent',
    'Inclusion criteria. Adults only',
    'No exclusion criteria',
    'Inclusion criteria that go on and on for a line that is far too long to be a heading',
  ])('%j is none', (line) => {
    expect(read(`${line}\n\nAdults`)).toEqual([`other: ${line}`, 'other: Adults']);
  });

  it.each([
    ['Inclusion: adults', 'inclusion: adults'],
    ['Key exclusion criteria: smokers', 'exclusion: smokers'],
    ['Major inclusion criteria include: * adults', 'inclusion: adults'],
    ['Main Exclusion Criteria :smokers', 'exclusion: smokers'],
  ])('%j is a heading with its first criterion', (line, criterion) => {
    expect(read(`${line}\n* old`)).toEqual([criterion, `${criterion.split(':')[0]}: old`]);
  });

  it.each([
    ['* Adults', 'Adults'],
    ['•Adults', 'Adults'],
    ['- Adults', 'Adults'],
    ['– Adults', 'Adults'],
    ['o Adults', 'Adults'],
    ['1. Adults', 'Adults'],
    ['12) Adults', 'Adults'],
    ['(3) Adults', 'Adults'],
    ['1.Adults', 'Adults'],
    ['a. Adults', 'Adults'],
    ['(b) Adults', 'Adults'],
    ['iv. Adults', 'Adults'],
    ['(iii) Adults', 'Adults'],
    ['B) Adults', 'Adults'],
    ['Oncology patients', 'Oncology patients'],
    ['123. Adults', '123. Adults'],
    ['1.5 mg daily', '1.5 mg daily'],
    ['18 years', '18 years'],
    ['ad. lib', 'ad. lib'],
  ])('the mark of %j is left out', (line, text) => {
    expect(read(line)).toEqual([`other: ${text}`]);
  });

  it('C5: a changed number at the start of a line is a changed criterion', () => {
    const of = (text: string) => someTrial({ criteria: `Inclusion Criteria:\n\n${text}` });
    expect(compareTrials(of('1.5 x ULN'), of('2.5 x ULN')).changes).toHaveLength(1);
  });

  it('lines without a mark belong to the criterion before, an empty line ends it', () => {
    expect(read('* Adults\nwith asthma\n\nNon-smokers\n  of any age\n* Women')).toEqual([
      'other: Adults with asthma',
      'other: Non-smokers of any age',
      'other: Women',
    ]);
    expect(read('Inclusion:\nAdults\nExclusion:\nSmokers')).toEqual([
      'inclusion: Adults',
      'exclusion: Smokers',
    ]);
    expect(read('***\n* \n-\n* 18\n* ≥')).toEqual(['other: 18']);
  });
});

describe('additions and removals of a list', () => {
  it.each([
    [['a', 'b', 'c'], ['a', 'x', 'c'], ['x'], ['b']],
    [['a'], ['a', 'a'], ['a'], []],
    [['a', 'b'], ['b', 'a'], [], []],
    [['a', 'b', 'a'], ['a'], [], ['b', 'a']],
    [['A.', 'b'], ['b', 'a', 'a'], ['a'], []],
    [[], ['a'], ['a'], []],
    [['a'], [], [], ['a']],
    [
      [{ list: 'x', text: 'a' }],
      [{ list: 'y', text: 'a' }],
      [{ list: 'y', text: 'a' }],
      [{ list: 'x', text: 'a' }],
    ],
  ])('from %j to %j', (before, after, added, removed) => {
    const delta = listDelta(before, after);
    expect([delta.added, delta.removed]).toEqual([added, removed]);
  });
});
