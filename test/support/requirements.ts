import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A statement of docs/requirements.md. `shownBy` holds paths of test files from the project's root. */
export type Requirement = { code: string; isPlanned: boolean; shownBy: string[] };

/** The codes cited in a file, once per citation. `inTitles` are those in titles of tests. */
export type Citations = { file: string; all: string[]; inTitles: string[] };

const root = join(import.meta.dirname, '../..');
const codePattern = '[BCDELMNOPRX]\\d{1,2}[a-d]?';
const anyCode = new RegExp(`\\b${codePattern}\\b`, 'g');
/** One code or several, before a colon or between brackets: `'C3, C4: …'`, `'… (R7)'`. */
const titleCodes = new RegExp(`(?:^|[ (])((?:${codePattern},? )*${codePattern})(?=[:)])`, 'g');
const heading = new RegExp(`^### (${codePattern}) · `);

export const requirementsFile = 'docs/requirements.md';

export function readRequirements(markdown: string): Requirement[] {
  const requirements: Requirement[] = [];
  let isPlanned = false;
  for (const line of markdown.split('\n')) {
    if (line.startsWith('## ')) isPlanned = line === '## Planned';
    const code = heading.exec(line)?.[1];
    if (code) requirements.push({ code, isPlanned, shownBy: [] });
    if (line.startsWith('Shown by '))
      requirements
        .at(-1)
        ?.shownBy.push(...[...line.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path));
  }
  return requirements;
}

/** The citations in a file: code cites in comments, tests also in titles, documents outside of code blocks. */
export function findCitations(file: string, text: string): Citations {
  if (file.endsWith('.md')) {
    const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/(`+)[^`].*?\1/g, '');
    return { file, all: prose.match(anyCode) ?? [], inTitles: [] };
  }
  const comments = text.match(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm) ?? [];
  const titles = file.endsWith('.test.ts') ? (text.match(/(['"`])(?:\\.|(?!\1).)*\1/g) ?? []) : [];
  const inTitles = titles.flatMap((title) =>
    [...title.slice(1, -1).matchAll(titleCodes)].flatMap(([codes]) => codes.match(anyCode) ?? []),
  );
  return {
    file,
    all: [...comments.flatMap((comment) => comment.match(anyCode) ?? []), ...inTitles],
    inTitles,
  };
}

/** Every citation in code, tests and documents, except the definitions. */
export function readCitations(): Citations[] {
  const files = ['src', 'workers', 'test', 'docs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  return [...files, 'README.md', 'CONTRIBUTING.md', 'SECURITY.md']
    .filter((file) => /\.(?:ts|md)$/.test(file) && !file.startsWith('test/fixtures/'))
    .filter((file) => file !== requirementsFile && basename(file) !== 'requirements.test.ts')
    .map((file) => findCitations(file, readFileSync(join(root, file), 'utf8')));
}

/** The mismatches between statements and citations, in sentences. */
export function findFaults(requirements: Requirement[], citations: Citations[]): string[] {
  const byCode = Map.groupBy(requirements, ({ code }) => code);
  const inTitles = new Map(citations.map((one) => [one.file, new Set(one.inTitles)]));
  const shown = new Set(citations.flatMap((one) => one.inTitles));
  const undefinedCodes = citations.flatMap(({ file, all }) =>
    [...new Set(all)]
      .filter((code) => !byCode.has(code))
      .map((code) => `${file} cites ${code}, which is not defined`),
  );
  const faults = requirements.flatMap(({ code, isPlanned, shownBy }) => {
    if (isPlanned) return shown.has(code) ? `${code} is shown by a test: move it up from Planned` : [];
    if (!shown.has(code)) return `${code} is shown by no test`;
    if (shownBy.length === 0) return `${code} names no test: npm run requirements`;
    return shownBy
      .filter((file) => !inTitles.get(file)?.has(code))
      .map((file) => `${code} names ${file}, which does not show it: npm run requirements`);
  });
  const twice = [...byCode].flatMap(([code, all]) => (all.length > 1 ? `${code} is defined twice` : []));
  return [...undefinedCodes, ...faults, ...twice];
}

/** The document with current "Shown by" lines: up to four files, those with most tests first. */
export function showTests(markdown: string, citations: Citations[]): string {
  const statement = new RegExp(`^(### (${codePattern}) · .*\\n\\n(?:.+\\n)+)(?:\\nShown by .*\\n)?`, 'gm');
  return markdown.replace(statement, (_, body: string, code: string) => {
    const links = citations
      .map(({ file, inTitles }) => ({ file, count: inTitles.filter((one) => one === code).length }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || (a.file < b.file ? -1 : 1))
      .slice(0, 4)
      .map(({ file }) => `[${basename(file, '.test.ts')}](../${file})`);
    return links.length > 0 ? `${body}\nShown by ${links.join(', ')}.\n` : body;
  });
}
