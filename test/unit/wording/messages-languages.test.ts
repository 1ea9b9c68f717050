import { readdirSync, readFileSync } from 'node:fs';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { baseLanguage, languages, languagesWithRegions } from '../../../src/languages.ts';
import { readCatalogue } from '../../../src/mail/catalogue-files.ts';

const templates = new URL('../../../templates/', import.meta.url);
/** The pages for admins are in English alone. */
const isForReaders = (key: string) => !key.startsWith('admin.');
const keysIn = (code: string, file: string) =>
  Object.keys(JSON.parse(readFileSync(new URL(`messages/${code}/${file}`, templates), 'utf8'))).filter(
    isForReaders,
  );
const files = readdirSync(new URL('messages/en', templates)).filter((file) => keysIn('en', file).length > 0);
const whole = readCatalogue('en');
const english = Object.fromEntries(Object.entries(whole).filter(([key]) => isForReaders(key)));
const others = languages.filter((language) => language !== 'en');

type Shape = { name: string; kind: string; options: string[] };
type Node = ReturnType<IntlMessageFormat['getAst']>[number];

/** Every argument of a message with what it is, and the branches that code chooses between, at any depth. */
function shapesOf(message: string): string[] {
  const found: Shape[] = [];
  const walk = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (!('value' in node) || node.type === 0) continue;
      const branches = 'options' in node ? node.options : {};
      // Each language has plural forms of its own; exact numbers and the branches of a choice are the code's.
      const isPlural = 'pluralType' in node;
      const options = Object.keys(branches).filter((one) => !isPlural || /^=\d/.test(one));
      found.push({
        name: String(node.value),
        kind: isPlural ? 'plural' : String(node.type),
        options: options.sort(),
      });
      for (const branch of Object.values(branches)) walk(branch.value);
    }
  };
  walk(new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst());
  return [...new Set(found.map(({ name, kind, options }) => `${name} ${kind} ${options.join('|')}`))].sort();
}

/** What a reader may meet of a message at most: of each choice the longest branch, and a word for what is filled in. */
function longest(message: string): string {
  const write = (nodes: readonly Node[]): string =>
    nodes
      .map((node) => {
        // The number of a plural.
        if (!('value' in node)) return '2';
        if ('options' in node)
          return Object.values(node.options)
            .map(({ value }) => write(value))
            .toSorted((a, b) => b.length - a.length)[0];
        return node.type === 0 ? String(node.value) : 'NCT01234567';
      })
      .join('');
  return write(new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst());
}

/**
 * Characters that a place on the page or in a mail takes: at 320 pixels a line of a button or a heading holds some 30, a
 * label's some 38 (measured in the browser tests, which look for what takes more lines than it should or juts out).
 */
const limits: Record<string, number> = {
  subject: 60,
  button: 44,
  h1: 60,
  h2: 60,
  h3: 60,
  legend: 60,
  summary: 76,
  label: 114,
  dt: 38,
  th: 38,
  option: 44,
};
/** At 320 pixels in the largest heading. */
const wordLimit = 20;

/** The messages that templates put into each kind of place. */
const placed: [place: string, key: string][] = readdirSync(templates, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.eta'))
  .flatMap((name) => {
    const source = readFileSync(new URL(name, templates), 'utf8');
    const said = (text: string) => [...text.matchAll(/say\('([a-z][\w.-]+)'/g)].map(([, key = '']) => key);
    if (name.endsWith('subject.eta')) return said(source).map((key): [string, string] => ['subject', key]);
    const element =
      /<(button|h1|h2|h3|label|legend|summary|dt|th|option|a class="button)\b[^>]*>([\s\S]{0,300}?)<\/(?:button|h\d|label|legend|summary|dt|th|option|a)>/g;
    return [...source.matchAll(element)].flatMap(([, place = '', inside = '']) =>
      said(inside).map((key): [string, string] => [place.startsWith('a ') ? 'button' : place, key]),
    );
  });

describe.each(others)('the messages in %s', (language) => {
  const catalogue = readCatalogue(language);
  const keys = Object.keys(english);

  it('are those there are in English', () => {
    expect(Object.keys(catalogue).filter(isForReaders).toSorted()).toEqual(keys.toSorted());
    for (const file of files)
      expect([file, ...keysIn(language, file)]).toEqual([file, ...keysIn('en', file)]);
  });

  it('take the same arguments and have the same branches', () => {
    const different = keys.filter(
      (key) => shapesOf(catalogue[key] ?? '').join('\n') !== shapesOf(english[key] ?? '').join('\n'),
    );
    expect(different).toEqual([]);
    expect(shapesOf('{a, plural, =0 {x} one {{b}} other {y}}')).not.toEqual(
      shapesOf('{a, plural, one {{b}} other {y}}'),
    );
    expect(shapesOf('{a, select, yes {x} other {y}}')).not.toEqual(shapesOf('{a, select, no {x} other {y}}'));
  });

  it('have the plural forms of their language', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const walk = (nodes: readonly Node[]): boolean =>
      nodes.every((node) => {
        if (!('options' in node)) return true;
        const names = Object.keys(node.options);
        const hasForms =
          !('pluralType' in node) ||
          ['one', 'other'].every((form) => !forms.includes(form as never) || names.includes(form));
        return hasForms && Object.values(node.options).every(({ value }) => walk(value));
      });
    // Where English needs none ("about # km"), neither does another language.
    const isWhole = (message: string) =>
      walk(new IntlMessageFormat(message, language, undefined, { ignoreTag: true }).getAst());
    const wanting = keys.filter((key) => isWhole(english[key] ?? '') && !isWhole(catalogue[key] ?? ''));
    expect(wanting).toEqual([]);
  });

  it('are not left in English', () => {
    const same = keys.filter(
      (key) => catalogue[key] === english[key] && /[a-z]{4,} [a-z]{3,} [a-z]{3,}/i.test(english[key] ?? ''),
    );
    expect(same).toEqual([]);
  });
});

const regions = languagesWithRegions.filter((code) => baseLanguage(code) !== code);

describe.each(regions)('the regional messages in %s', (region) => {
  const base = readCatalogue(baseLanguage(region));
  const own = Object.entries(readCatalogue(region));

  it('are only those that the region says otherwise, with the same arguments and branches', () => {
    expect(own.filter(([key, message]) => base[key] === undefined || base[key] === message)).toEqual([]);
    expect(own.filter(([key, message]) => `${shapesOf(message)}` !== `${shapesOf(base[key] ?? '')}`)).toEqual(
      [],
    );
  });

  it('are as near to the language as a region is: no text is told anew', () => {
    const words = (message: string) => message.split(/\s+/).length;
    expect(own.filter(([key, message]) => Math.abs(words(message) - words(base[key] ?? '')) > 2)).toEqual([]);
  });
});

describe.each([...languages])('what the page on privacy says in %s', (language) => {
  it('D6: that subjects name nothing, with the exception that a reader may choose', () => {
    const catalogue = readCatalogue(language);
    const plain = { en: 'plain subjects', es: 'asuntos claros' }[language] ?? '';
    expect(catalogue['legal.privacy.others.mailbox']).toContain(plain);
    expect(plain).not.toBe('');
  });
});

describe.each([...languages])('the layout takes what is said in %s', (language) => {
  const catalogue = readCatalogue(language);

  it('in subjects, buttons, headings and labels', () => {
    const tooLong = placed.filter(
      ([place, key]) => longest(catalogue[key] ?? '').length > (limits[place] ?? Number.POSITIVE_INFINITY),
    );
    expect(tooLong).toEqual([]);
    expect(placed.length).toBeGreaterThan(150);
    expect(new Set(placed.map(([place]) => place))).toEqual(new Set(Object.keys(limits)));
  });

  it('in one word', () => {
    const words = Object.entries(catalogue).flatMap(([key, message]) =>
      (longest(message).match(/[\p{L}\p{N}’-]+/gu) ?? []).map((word) => [key, word] as const),
    );
    const parts = words.flatMap(([key, word]) => word.split('-').map((part) => [key, part] as const));
    expect(parts.filter(([, part]) => part.length > wordLimit && !/_/.test(part))).toEqual([]);
  });

  it('in sentences that stay near the length they have in English', () => {
    const tooLong = Object.entries(catalogue).filter(
      ([key, message]) => longest(message).length > 1.6 * longest(whole[key] ?? '').length + 24,
    );
    expect(tooLong.map(([key]) => key)).toEqual([]);
  });
});
