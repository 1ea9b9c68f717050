import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verbs } from '../../../src/cli.ts';
import { allVariables } from '../../../src/config/variables.ts';

const root = join(import.meta.dirname, '../../..');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const withoutBlocks = (text: string) => text.replace(/^ *```[\s\S]*?^ *```/gm, '');

/** The anchors of a document: its headings as GitHub names them, and those set by hand. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]);
}

/** Made by tests, and not kept. */
const made = ['test/artefacts'];

/** Links that lead nowhere, and paths in code that are not there. */
function findDeadEnds(path: string, text: string, isThere: (path: string) => boolean): string[] {
  const prose = withoutBlocks(text);
  const links = [...prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].flatMap(
    ([, target = '']) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : relative('.', join(dirname(path), file));
      if (!isThere(to)) return `${path} links to ${target}`;
      if (!anchor) return [];
      const destination = to === path ? text : read(to);
      return anchorsOf(destination).has(anchor) ? [] : `${path} links to ${target}`;
    },
  );
  const paths = [
    ...prose.matchAll(/`((?:src|workers|test|templates|docs|ops|\.ci|\.github|\.githooks)\/[^`\s]*)`/g),
  ]
    .map(([, name = '']) => name)
    .filter((name) => !/[*{<…]|NAME/.test(name) && !made.includes(name) && !isThere(name))
    .map((name) => `${path} names ${name}`);
  return [...links, ...paths];
}

describe('the documents', () => {
  it('link to existing pages, and name existing files', () => {
    expect(documents).toContain('docs/requirements.md');
    const isThere = (path: string) => existsSync(join(root, path));
    expect(documents.flatMap((path) => findDeadEnds(path, read(path), isThere))).toEqual([]);
  });

  it.each([
    ['[a](gone.md)', 'docs/a.md links to gone.md'],
    ['[a](#no-such-heading)', 'docs/a.md links to #no-such-heading'],
    ['[a](requirements.md#c99)', 'docs/a.md links to requirements.md#c99'],
    ['See `src/gone.ts`.', 'docs/a.md names src/gone.ts'],
  ])('are held to it: %s', (text, fault) => {
    const isThere = (path: string) => ['docs/a.md', 'docs/requirements.md', 'src/app.ts'].includes(path);
    const sound =
      '# A heading\n\n[a](#a-heading) [b](requirements.md#c9) [c](https://example.org) `src/app.ts`\n';
    expect(findDeadEnds('docs/a.md', sound, isThere)).toEqual([]);
    expect(findDeadEnds('docs/a.md', `${sound}${text}\n`, isThere)).toEqual([fault]);
  });

  it('list every decision', () => {
    const index = read('docs/decisions/README.md');
    const pages = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{3}-/.test(name));
    expect(pages.length).toBeGreaterThan(10);
    for (const page of pages) {
      expect(index).toContain(`(${page})`);
      const headings = [...read(`docs/decisions/${page}`).matchAll(/^## (.*)$/gm)].map(
        ([, heading]) => heading,
      );
      expect(headings, page).toEqual(['Context', 'Decision', 'Consequences', 'Measured', 'Where']);
    }
  });

  /** The names in the first cells of a document's tables, or of a section's. */
  const tableOf = (path: string, heading?: string) => {
    const sections = read(path).split(/^## /m);
    const section = heading ? (sections.find((part) => part.startsWith(heading)) ?? '') : read(path);
    return [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );
  };

  it('explain every variable, in the order of the configuration', () => {
    const variables = Object.keys(allVariables);
    expect(variables.length).toBeGreaterThan(20);
    expect(tableOf('docs/operating.md', 'Configuration').flat()).toEqual(variables);
    expect(variables).toEqual(expect.arrayContaining(tableOf('README.md', 'Configuration').flat()));
  });

  it('explain every verb of the command line', () => {
    const explained = tableOf('docs/operating.md', 'Command line').flatMap((names) =>
      names.map((name) => name.split(' ')[0]),
    );
    expect(explained.filter((name) => verbs.includes(name ?? '')).sort()).toEqual([...verbs].sort());
  });

  it('give a reason for every dependency', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(tableOf('docs/dependencies.md').flat().sort()).toEqual(names.sort());
  });

  it('begin with a README of at most 9 KB', () => {
    expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(9 * 1024);
  });
});
