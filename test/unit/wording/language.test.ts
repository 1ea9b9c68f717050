import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropMarks, hasMarks, markRegistryText, showMarks } from '../../../src/core/wording/registry-text.ts';
import { ageName } from '../../../src/core/wording/values.ts';
import { languagesWithRegions, speakIn } from '../../../src/languages.ts';
import { createMarkingWording, createWording } from '../../../src/mail/catalogue.ts';
import { alternatesOf, linksToLanguages } from '../../../src/web/http/language-links.ts';
import { languageNames, preferredLanguage } from '../../../src/web/http/negotiate-language.ts';

describe('a browser’s preferred languages', () => {
  it.each([
    ['es', 'es'],
    ['es-MX,es;q=0.9,en;q=0.5', 'es'],
    ['en-GB, es;q=0.9', 'en'],
    ['de, es;q=0.3, en;q=0.8', 'en'],
    ['ES-419', 'es'],
    ['es;q=0, en;q=0.1', 'en'],
    ['es ; q=0.7 , en ; q=0.9', 'en'],
    ['es;q=1.0', 'es'],
    ['en, es', 'en'],
    ['de, fr;q=0.9', null],
    ['*', null],
    ['es;q=0.5, *', null],
    ['es, *;q=0.5', 'es'],
    ['es;q=2, en;q=0.1', 'en'],
    ['es;q=x', null],
    ['', null],
    [';;;,,,=', null],
  ])('%s: %s', (header, language) => {
    expect(preferredLanguage(header, ['en', 'es'])).toBe(language);
  });

  it.each([
    ['en-GB,en;q=0.9', 'en-GB'],
    ['en-gb', 'en-GB'],
    ['en-US,en-GB;q=0.9', 'en'],
    ['en-AU', 'en'],
    ['es, en-GB;q=0.9', 'es'],
  ])('%s: %s, where a region has a form of its own', (header, language) => {
    expect(preferredLanguage(header, languagesWithRegions)).toBe(language);
  });

  it('is one we speak, or none, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'es-EN,;q=.01* ') }), (header) => {
        expect([null, ...languagesWithRegions]).toContain(preferredLanguage(header, languagesWithRegions));
      }),
    );
  });
});

it('each language is called as its speakers call it, and an address names it where it is not the default', () => {
  expect([...languageNames]).toEqual([
    ['en', 'English'],
    ['en-GB', 'British English'],
    ['es', 'Español'],
  ]);
  expect(speakIn('/trials/NCT1', 'en', 'en')).toBe('/trials/NCT1');
  expect(speakIn('/trials/NCT1', 'es', 'en')).toBe('/trials/NCT1?lang=es');
  expect(speakIn('/c?show=paused#trials', 'en', 'es')).toBe('/c?show=paused&lang=en#trials');
});

it('a page leads to the other languages, not to another region’s spelling', () => {
  const linked = (language: string) => linksToLanguages('/about', language).map(({ code }) => code);
  expect([linked('en'), linked('en-GB'), linked('es')]).toEqual([['es'], ['es'], ['en']]);
  const { code, href } = alternatesOf('https://bell.example.org', '/about', 'en').at(-1) ?? {};
  expect([code, href]).toEqual(['x-default', 'https://bell.example.org/about']);
  expect(JSON.stringify(alternatesOf('', '/about', 'en'))).not.toContain('en-GB');
});

describe('registry text in another language', () => {
  const one = markRegistryText('A & B');

  it('is a span where an element can stand, and plain where none can', () => {
    expect(showMarks(`<p>El motivo: ${one}.</p>`)).toBe('<p>El motivo: <span lang="en">A & B</span>.</p>');
    expect(showMarks(`<title>${one}</title><a title="${one}">${one}</a>`)).toBe(
      '<title>A & B</title><a title="A & B"><span lang="en">A & B</span></a>',
    );
    expect(
      showMarks(`<select><option value="${one}">${one}</option></select><textarea>${one}</textarea>`),
    ).toBe('<select><option value="A & B">A & B</option></select><textarea>A & B</textarea>');
  });

  it('C16: marks that a registry writes, or that were cut apart, are gone', () => {
    expect(showMarks(`<p>${markRegistryText('a\u{FDD1}b\u{FDD0}c')}</p>`)).toBe(
      '<p><span lang="en">abc</span></p>',
    );
    expect(showMarks(`<p>${one.slice(0, 3)}</p><p>${one.slice(3)}</p>`)).toBe('<p>A </p><p>& B</p>');
    expect(markRegistryText('')).toBe('');
  });

  it('loses and gains nothing but its spans (property)', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\u{FDD0}', '\u{FDD1}', 'é') });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
        const html = texts.map((part) => `<p>${part}</p>`).join('');
        const shown = showMarks(html);
        expect(shown).not.toMatch(/[\u{FDD0}\u{FDD1}]/u);
        expect(shown.replace(/<\/?span[^>]*>/g, '')).toBe(dropMarks(html));
        expect(hasMarks(dropMarks(html))).toBe(false);
      }),
    );
  });

  it('is marked by the wording that HTML is made with, and by no other', () => {
    expect(createMarkingWording('es').registryText('Asthma')).toBe(markRegistryText('Asthma'));
    for (const wording of [
      createWording('es'),
      createWording('en'),
      createMarkingWording('en'),
      createMarkingWording('en-GB'),
    ])
      expect(wording.registryText('Asthma')).toBe('Asthma');
  });

  it('ages are no such text: they are said in the reader’s language', () => {
    const wording = createMarkingWording('es');
    expect(ageName(wording, '18 Years')).toBe('18 años');
    expect(ageName(wording, '1 Month')).toBe('1 mes');
    expect(ageName(wording, 'N/A')).toBe(markRegistryText('n/a'));
    expect(ageName(createWording('en'), '1 Years')).toBe('1 year');
  });
});
