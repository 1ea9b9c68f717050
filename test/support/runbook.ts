import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { programPath, type Ran } from './program.ts';

const root = join(import.meta.dirname, '../..');
const readDocs = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');

/** The headings of the runbook's entries. */
export const runbookEntries = [...readDocs('runbook.md').matchAll(/^## (.*)$/gm)].map(
  ([, heading = '']) => heading,
);

/** The commands in an entry of the runbook, or of another document, block by block. */
export function readCommands(heading: string, name = 'runbook.md'): string[] {
  const entry = readDocs(name)
    .split(/^## /m)
    .find((part) => part.startsWith(`${heading}\n`));
  const blocks = [...(entry ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  expect(blocks, heading).not.toEqual([]);
  return blocks;
}

/**
 * Runs a block as a person would type it (but that npm fetches nothing), with what is in capitals filled in, in a
 * folder and nothing but this environment.
 */
export function runCommands(
  block: string,
  how: { env: Record<string, string>; folder: string; fill?: Record<string, string> },
): Promise<Ran> {
  const filled = Object.entries(how.fill ?? {}).reduce(
    (said, [name, value]) => said.replaceAll(new RegExp(`\\b${name}\\b(?!=)`, 'g'), value),
    block,
  );
  // Replaces curl where it is not installed.
  const script = `command -v curl >/dev/null || curl() {
  "$TRIALBELL_NODE" -e 'fetch(process.argv.at(-1)).then((answer) => answer.text()).then(console.log)' "$@"; }
npm() { :; }
npx() { shift; "$TRIALBELL_NODE" "$TRIALBELL_BIN" "$@"; }\n${filled}`;
  const env = {
    PATH: process.env.PATH ?? '',
    LOG_LEVEL: 'warn',
    ...how.env,
    TRIALBELL_NODE: realpathSync(process.execPath),
    TRIALBELL_BIN: programPath(),
  };
  return new Promise((resolve) => {
    execFile('bash', ['-c', script], { cwd: how.folder, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr });
    });
  });
}
