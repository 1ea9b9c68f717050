import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Mark, markSigns } from '../../../src/core/wording/shape/marks.ts';
import { newChipStyle, oldChipStyle } from '../../../src/mail/view-tools.ts';

const folder = new URL('../../../templates/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8');
const mail = read('partials/mail.eta');
const [light = '', dark = ''] = mail.split('@media (prefers-color-scheme: dark)');

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [bright = 0, dim = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (bright + 0.05) / (dim + 0.05);
}

/** The colour a selector has in a part of the style sheet. */
function colourOf(css: string, selector: string, property: 'color' | 'background'): string | null {
  for (const [, selectors = '', body = ''] of css.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    if (!selectors.split(',').some((one) => one.trim() === selector)) continue;
    const found = new RegExp(`(?:^|[;\\s])${property}:\\s*(#[0-9a-f]{6})`).exec(body)?.[1];
    if (found) return found;
  }
  return null;
}

/** What stands on what: text selectors and the surfaces they are read on. */
const surfaces: { [text: string]: string[] } = {
  body: ['body', '.card'],
  a: ['body', '.card'],
  '.label': ['.card'],
  '.plus': ['.card'],
  '.minus': ['.card'],
  '.muted': ['body', '.card'],
  '.id': ['.card'],
  '.quote': ['.card'],
  '.small': ['.card'],
  '.advice': ['.advice'],
  '.demo': ['.demo'],
  '.button': ['.button'],
  '.about': ['body'],
};

describe('the base of all mails', () => {
  for (const [scheme, css] of [
    ['light', light],
    ['dark', dark],
  ] as const) {
    it(`D5: contrast of at least 4.5 in ${scheme}`, () => {
      for (const [text, grounds] of Object.entries(surfaces)) {
        for (const ground of grounds) {
          const [ink, paper] = [colourOf(css, text, 'color'), colourOf(css, ground, 'background')];
          expect([text, ground, ink && paper && contrast(ink, paper) >= 4.5]).toEqual([text, ground, true]);
        }
      }
    });
  }

  it('D5: chips keep a contrast of at least 4.5, light in their own styles and dark in the style sheet', () => {
    const rules = [...(dark.split('@media')[0] ?? '').matchAll(/([^{}]+)\{([^{}]*)\}/g)];
    const darkOf = (mark: string, property: string) =>
      rules
        .filter(([, selectors = '']) => selectors.split(',').some((one) => one.trim() === `.${mark}`))
        .map(([, , body = '']) => new RegExp(`(?:^|[;\\s])${property}:\\s*(#[0-9a-f]{6})`).exec(body)?.[1])
        .find((found) => found !== undefined) ?? '';
    for (const mark of [...(Object.keys(markSigns) as Mark[]), null]) {
      const [, tint = '', color = ''] = /background:(#\w+);color:(#\w+)/.exec(newChipStyle(mark)) ?? [];
      expect([mark, contrast(color, tint) >= 4.5]).toEqual([mark, true]);
      const name = mark ?? 'plain';
      expect([name, contrast(darkOf(name, 'color'), darkOf(name, 'background')) >= 4.5]).toEqual([
        name,
        true,
      ]);
    }
    expect(contrast(/;color:(#\w+)/.exec(oldChipStyle)?.[1] ?? '', '#ffffff')).toBeGreaterThanOrEqual(4.5);
  });

  it('contrast is measured as it should be', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#777777', '#ffffff')).toBeLessThan(4.5);
    expect(contrast('#767676', '#ffffff')).toBeGreaterThanOrEqual(4.5);
  });

  it('D5: dark wins over the colours mail programs put in', () => {
    const declarations = [
      ...(dark.split('@media')[0] ?? '').matchAll(/(?:color|background|border-color):[^;}]+/g),
    ];
    expect(declarations.length).toBeGreaterThan(10);
    for (const [declaration] of declarations) expect(declaration).toContain('!important');
  });
});

describe('the mail folders', () => {
  const names = readdirSync(new URL('email', folder));

  it('each mail is subject, text and HTML', () => {
    expect(names.toSorted()).toEqual(['alert', 'digest', 'link', 'note', 'report']);
    for (const name of names)
      expect(readdirSync(new URL(`email/${name}`, folder)).toSorted()).toEqual([
        'html.eta',
        'subject.eta',
        'text.eta',
      ]);
  });

  it('hold no words of their own: those stand in the message files', () => {
    for (const name of names) {
      for (const part of ['subject', 'text', 'html']) {
        const words = read(`email/${name}/${part}.eta`)
          .replace(/<%[\s\S]*?%>/g, '')
          .replace(/<[^>]*>/g, '')
          .replace(/[-*:·\s]/g, '');
        expect([name, part, words]).toEqual([name, part, '']);
      }
    }
  });

  it('C16: only rendered HTML is inserted unescaped', () => {
    const raw = [
      ...names.map((name) => read(`email/${name}/html.eta`)),
      mail,
      read('partials/digest-trial.eta'),
      read('partials/report-lines.eta'),
      read('partials/report-runs.eta'),
    ].flatMap((source) => [...source.matchAll(/<%~\s*(.*?)\s*%>/g)].map(([, code = '']) => code));
    // A part that is included is such a file itself.
    expect(raw.filter((code) => !code.startsWith('include(')).toSorted()).toEqual([
      'block',
      'it.alike.html',
      'it.body',
    ]);
  });

  it('D5: nothing in them loads anything', () => {
    for (const source of [mail, ...names.map((name) => read(`email/${name}/html.eta`))])
      expect(source).not.toMatch(/<(?:img|link|script|iframe)\b|url\(|@import|https?:/i);
  });
});
