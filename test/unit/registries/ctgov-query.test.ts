import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ctgov as adapter } from '../../../src/registries/ctgov/index.ts';
import {
  escapeWords,
  findNctNumbers,
  toIdParameters,
  toParameters,
} from '../../../src/registries/ctgov/query.ts';
import { anyCharacter } from '../../support/any-character.ts';

const ctgov = adapter.open({ url: 'https://registry.example.org/api/v2', paceMs: 0, userAgent: 'test' });

describe('M4: NCT numbers', () => {
  it.each([
    'NCT01234567',
    'nct01234567',
    'NCT 0123 4567',
    'nct-0123-4567',
    'NCT: 01234567',
    ' (NCT01234567) ',
    'https://clinicaltrials.gov/study/NCT01234567?cond=asthma&rank=1',
    'https://www.clinicaltrials.gov/ct2/show/nct01234567#contacts',
    'my trial is NCT\u00a001234567, I think',
    'NCT123 or NCT01234567',
  ])('M4: %j holds one', (text) => {
    expect(ctgov.findId(text)).toBe('NCT01234567');
  });

  it.each(['', 'asthma', 'NCT', 'NCT0123456', 'NCT012345678', 'XNCT01234567', 'NCT00000000', '01234567'])(
    'M4: %j holds none',
    (text) => {
      expect(ctgov.findId(text)).toBeNull();
    },
  );

  it('M4: is found whatever surrounds it and whatever separates its digits', () => {
    const separator = fc.constantFrom('', ' ', '-', '\u00a0', '\u2013');
    const around = fc.constantFrom('', ' ', '/', '"', '(', '?id=', 'see: ');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999_999 }),
        fc.array(separator, { minLength: 8, maxLength: 8 }),
        fc.constantFrom('NCT', 'nct', 'Nct'),
        around,
        (number, separators, prefix, before) => {
          const digits = String(number).padStart(8, '0');
          const spaced = [...digits].map((digit, index) => separators[index] + digit).join('');
          expect(findNctNumbers(`${before}${prefix}${spaced}/`)).toEqual([`NCT${digits}`]);
        },
      ),
    );
  });
});

/** Whether the registry's query language would see anything but words in it. */
function isInert(words: string): boolean {
  const syntax = /["“”()[\]{}<>\\|:=,;`]|\b(AND|OR|NOT|AREA|SEARCH|RANGE|MISSING|COVERAGE|EXPANSION|ALL)\b/;
  return !syntax.test(words) && !/^(\s*nct\d+[\s,]*)+$/i.test(words);
}

function checkEscape(escapeSome: (words: string) => string): void {
  const hostile = fc.constantFrom(
    'OR',
    'AND',
    'NOT',
    'ALL',
    'AREA[NCTId]NCT01234567',
    'RANGE[MIN,MAX]',
    '"heart attack"',
    'EXPANSION[None]',
    'NCT01234567',
    'nct5',
    ',',
    ')',
    'asthma',
    '\u202e',
  );
  const words = fc.array(fc.oneof(hostile, fc.string({ unit: anyCharacter })), { maxLength: 6 });
  fc.assert(
    fc.property(words, (parts) => isInert(escapeSome(parts.join(' ')))),
    { numRuns: 1000 },
  );
}

describe('condition words', () => {
  it('are sent as they were typed when they are plain', () => {
    for (const words of [
      'asthma',
      'Crohn’s disease',
      'non-small cell lung cancer',
      'Sjögren syndrome',
      '哮喘',
    ]) {
      expect(escapeWords(words)).toBe(words);
    }
  });

  it('lose whatever the registry’s query language would obey', () => {
    expect(escapeWords('ALL')).toBe('all');
    expect(escapeWords('asthma OR AREA[OverallStatus]UNKNOWN')).toBe('asthma or area OverallStatus UNKNOWN');
    expect(escapeWords('"heart attack" (mild)')).toBe('heart attack mild');
    expect(escapeWords('x'.repeat(1000))).toHaveLength(300);
    checkEscape(escapeWords);
  });

  it('come back empty when they are ids alone or nothing', () => {
    for (const words of [
      'NCT01234567',
      'nct 0123 4567',
      'NCT01234567, NCT02345678',
      'NCT5',
      '""',
      ' ',
      '()',
    ]) {
      expect(escapeWords(words)).toBe('');
    }
  });

  it('the property above fails for escapes that forget something', () => {
    expect(() => checkEscape((words) => words)).toThrow();
    expect(() => checkEscape((words) => words.replace(/["()[\]]/g, ' '))).toThrow();
    expect(() => checkEscape((words) => words.toLowerCase())).toThrow();
  });
});

describe('parameters', () => {
  it('ask for an inclusive range of days, oldest first', () => {
    const parameters = toParameters({ kind: 'updated-since', since: '2026-11-01T00:00:00.000Z' });
    expect(parameters.get('filter.advanced')).toBe('AREA[LastUpdatePostDate]RANGE[2026-11-01,MAX]');
    expect(parameters.get('sort')).toBe('LastUpdatePostDate:asc');
    expect(parameters.get('pageSize')).toBe('1000');
  });

  it('ask for no results tables and no noise', () => {
    const asked = toParameters({ kind: 'all' }).get('fields') ?? '';
    expect(asked).toContain('statusModule.overallStatus');
    expect(asked).not.toMatch(/resultsSection|versionHolder|seeAlsoLinks|hasResults/);
  });

  it('of a hundred ids fit into an address of 8 KB', () => {
    const ids = Array.from({ length: 100 }, (_, index) => `NCT0${1_000_000 + index}`);
    expect(String(toIdParameters(ids)).length).toBeLessThan(7000);
  });
});
