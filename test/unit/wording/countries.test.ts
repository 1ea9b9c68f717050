import { describe, expect, it } from 'vitest';
import { countryName } from '../../../src/core/wording/countries.ts';
import { dropMarks, hasMarks } from '../../../src/core/wording/registry-text.ts';
import { createWording } from '../../../src/mail/catalogue.ts';

const es = createWording('es');

describe('a country', () => {
  it.each([
    ['United States', 'Estados Unidos'],
    ['South Korea', 'Corea del Sur'],
    ['Turkey (Türkiye)', 'Turquía'],
    ['Côte d’Ivoire', 'Côte d’Ivoire'],
    ['Hong Kong', 'RAE de Hong Kong (China)'],
    ['Czechia', 'Chequia'],
  ])('is told in Spanish: %s is %s', (english, spanish) => {
    expect(countryName(es, english)).toBe(spanish);
  });

  it('is told in English as the registry has it', () => {
    expect(countryName(createWording('en'), 'Turkey (Türkiye)')).toBe('Turkey (Türkiye)');
  });

  it('that nobody knows stays as it stands, as the registry’s own word', () => {
    const named = countryName(es, 'Ruritania');
    expect(dropMarks(named)).toBe('Ruritania');
    expect(hasMarks(named)).toBe(hasMarks(es.registryText('x')));
    expect(countryName(es, 'constructor')).toContain('constructor');
  });
});
