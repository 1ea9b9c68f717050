import { describe, expect, it } from 'vitest';
import { countryName, countryNames } from '../../../src/core/wording/countries.ts';
import { dropMarks, hasMarks } from '../../../src/core/wording/registry-text.ts';
import { createWording } from '../../../src/mail/catalogue.ts';

const en = createWording('en');
const es = createWording('es');

describe('a country', () => {
  it.each([
    ['United States', 'United States', 'Estados Unidos'],
    ['Korea, Republic of', 'South Korea', 'Corea del Sur'],
    ['South Korea', 'South Korea', 'Corea del Sur'],
    ['KR', 'South Korea', 'Corea del Sur'],
    ['Turkey (Türkiye)', 'Türkiye', 'Turquía'],
    ['Côte D’Ivoire', 'Côte d’Ivoire', 'Côte d’Ivoire'],
    ['Hong Kong', 'Hong Kong', 'Hong Kong'],
    ['Palestinian Territory, occupied', 'Palestine', 'Palestina'],
    ['Czech Republic', 'Czechia', 'Chequia'],
  ])('has one name in each language: %s', (written, english, spanish) => {
    expect([countryName(en, written), countryName(es, written)]).toEqual([english, spanish]);
  });

  it('is listed once, however it is spelled', () => {
    expect(countryNames(es, ['Korea, Republic of', 'Italy', 'South Korea', 'KR'])).toEqual([
      'Corea del Sur',
      'Italia',
    ]);
  });

  it('that nobody knows stays as it stands, as the registry’s own word', () => {
    const named = countryName(es, 'Ruritania');
    expect(dropMarks(named)).toBe('Ruritania');
    expect(hasMarks(named)).toBe(hasMarks(es.registryText('x')));
    expect(countryName(es, 'constructor')).toContain('constructor');
  });
});
