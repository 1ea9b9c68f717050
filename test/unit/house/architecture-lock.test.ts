import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

type Locked = { version?: string; optional?: boolean; optionalDependencies?: Record<string, string> };

const root = join(import.meta.dirname, '../../..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};

/** Where a package that `from` asks for would be found, as npm looks for it. */
function findLocked(from: string, name: string): Locked | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const found = lock.packages[`${folder ? `${folder}/` : ''}node_modules/${name}`];
    if (found) return found;
    if (folder === '') return null;
  }
}

// npm leaves out of the lock file what its registry did not have that day; `npm ci` then refuses to install anything.
it('the lock file names the packages of every platform', () => {
  const asked = Object.entries(lock.packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ from, name })),
  );
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.filter(({ from, name }) => !findLocked(from, name))).toEqual([]);
});
