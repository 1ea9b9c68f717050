import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allVariables } from '../../src/config/variables.ts';

const root = join(import.meta.dirname, '../..');

/** A part of a file that `npm run generate` writes: the lines between two marked ones. */
type Section = { file: string; begin: string; end: string; lines: () => string[] };

/** The compose files, and how far their environment is indented. */
const composeFiles = [
  ['docker-compose.yml', '      '],
  ['compose.scale.yml', '    '],
] as const;

/** Every generated part. */
export const generatedSections: readonly Section[] = [
  {
    file: 'docs/operating.md',
    begin: '<!-- Generated from src/config/variables.ts by npm run generate -->',
    end: '<!-- End of the generated part -->',
    lines: describeVariables,
  },
  ...composeFiles.map(([file, margin]) => ({
    file,
    begin: `${margin}# Generated from src/config/variables.ts by npm run generate:`,
    end: `${margin}# End of the generated part.`,
    lines: () => passVariables(margin),
  })),
];

function describeVariables(): string[] {
  const rows = Object.entries(allVariables).map(([name, { unset }]) => `| \`${name}\` | ${unset} |`);
  return ['', '| variable | unset means |', '|---|---|', ...rows, ''];
}

/** Empty values count as unset. */
function passVariables(margin: string): string[] {
  return Object.entries(allVariables).flatMap(([name, { inCompose }]) => {
    if (inCompose === 'omitted') return [];
    return `${margin}${name}: \${${name}:${inCompose === 'required' ? '?is missing in .env' : '-'}}`;
  });
}

/** A file with its generated part as it should be. Throws if the marked lines are missing. */
export function withSection(text: string, { file, begin, end, lines }: Section): string {
  const [from, to] = [text.indexOf(`${begin}\n`), text.indexOf(`${end}\n`)];
  if (from < 0 || to < from) throw new Error(`${file} lacks the lines "${begin}" and "${end}"`);
  return `${text.slice(0, from)}${begin}\n${lines().join('\n')}\n${text.slice(to)}`;
}

export function readGenerated({ file }: Section): string {
  return readFileSync(join(root, file), 'utf8');
}
