import { describe, expect, it } from 'vitest';
import { splitCriteria } from '../../src/core/diff/criteria.ts';

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
