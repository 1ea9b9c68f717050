import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ChangePart } from '../../../src/core/wording/shape/shape.ts';

const templates = join(import.meta.dirname, '../../../templates');
const readAll = (folder: string, isMeant: (name: string) => boolean) =>
  readdirSync(join(templates, folder))
    .filter(isMeant)
    .map((name) => readFileSync(join(templates, folder, name), 'utf8'))
    .join('\n');

/** The class names that rules select. */
const selected = (css: string) => {
  const selectors = css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\{[^{}]*\}/g, ' ');
  return new Set([...selectors.matchAll(/\.([a-z][\w-]*)/gi)].map(([, name = '']) => name));
};

/** The class names that templates and scripts give to elements. */
const given = (text: string) => {
  const attributes = [...text.matchAll(/\bclass="((?:<%[\s\S]*?%>|[^"<])*)"|\.className = '([^']*)'/g)];
  return new Set(
    attributes.flatMap(([, attribute = '', name = '']) => {
      const literals = [...attribute.matchAll(/<%([\s\S]*?)%>/g)].flatMap(([, code = '']) =>
        [...code.matchAll(/'([^']*)'/g)].map(([, literal = '']) => literal),
      );
      const plain = attribute.replace(/<%[\s\S]*?%>/g, ' ');
      return [plain, name, ...literals].flatMap((names) => names.split(/\s+/)).filter(Boolean);
    }),
  );
};

const ofShape: ChangePart['sign'][] = ['plus', 'minus'];
// The picture of a link preview has a stylesheet and elements of its own.
const css = readAll('styles', (name) => name !== 'preview.css');
const pages = readAll('pages', (name) => name.endsWith('.eta') || name.endsWith('.js'));
const scripts = readAll('pages', (name) => name.endsWith('.js'));

it('every class of the stylesheet is used, and every class of a page has a rule or a script that looks for it', () => {
  const rules = selected(css);
  const used = new Set([...given(pages), ...ofShape]);
  expect([...rules].filter((name) => !used.has(name))).toEqual([]);
  const found = (name: string) => rules.has(name) || scripts.includes(`.${name}'`);
  expect([...used].filter((name) => !found(name))).toEqual([]);
});

it('sees a class that nothing uses, and one without a rule', () => {
  expect([...selected('/* .a */ .b.c > .d { x: .5 } @media (a) { .e { y: 1 } }')]).toEqual([
    'b',
    'c',
    'd',
    'e',
  ]);
  expect([...given(`<p class="a<% if (x) { %> b<% } %> <%= y ? 'c' : 'd' %>">; x.className = 'e'`)]).toEqual(
    expect.arrayContaining(['a', 'b', 'c', 'd', 'e']),
  );
});
