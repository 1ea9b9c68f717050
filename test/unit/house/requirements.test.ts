import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findCitations,
  findFaults,
  readCitations,
  readRequirements,
  requirementsFile,
  showTests,
} from '../../support/requirements.ts';

const markdown = readFileSync(join(import.meta.dirname, '../../..', requirementsFile), 'utf8');

describe('docs/requirements.md', () => {
  it('defines each statement that is cited, and each is shown by a test', () => {
    const requirements = readRequirements(markdown);
    expect(requirements.length).toBeGreaterThan(100);
    expect(findFaults(requirements, readCitations())).toEqual([]);
  });

  it('has an anchor for each statement', () => {
    for (const { code } of readRequirements(markdown))
      expect(markdown).toContain(`<a id="${code.toLowerCase()}"></a>\n### ${code} · `);
  });

  const file = 'test/unit/a.test.ts';
  const sound = '## C\n\n### C1 · One\n\nText.\n\n## Planned\n\n### N1 · Later\n\nText.\n';
  const faultsOf = (document: string, path: string, text: string) => {
    const citations = [findCitations(path, text), findCitations(file, "it('C1: shows it', run);")];
    return findFaults(readRequirements(showTests(document, citations)), citations);
  };

  it.each([
    ['src/a.ts', '/** Trials pass (C2). */', 'src/a.ts cites C2, which is not defined'],
    ['src/a.ts', 'run(); // see M1d', 'src/a.ts cites M1d, which is not defined'],
    ['test/unit/b.test.ts', "it('C1, R9: both', run);", 'test/unit/b.test.ts cites R9, which is not defined'],
    ['test/unit/b.test.ts', 'it(`is told (P3)`, run);', 'test/unit/b.test.ts cites P3, which is not defined'],
    ['docs/a.md', 'As E5 demands.', 'docs/a.md cites E5, which is not defined'],
    ['test/unit/b.test.ts', "it('N1: works', run);", 'N1 is shown by a test: move it up from Planned'],
  ])('is held against %s: %s', (path, text, fault) => {
    expect(faultsOf(sound, path, 'const nothing = 1;')).toEqual([]);
    expect(faultsOf(sound, path, text)).toEqual([fault]);
  });

  it('may cite planned statements in comments, and codes in code mean nothing', () => {
    expect(faultsOf(sound, 'src/a.ts', '// Until N1 holds.')).toEqual([]);
    expect(faultsOf(sound, 'src/a.ts', "const heading = 'D7'; // a C1 matter")).toEqual([]);
    expect(faultsOf(sound, 'docs/a.md', 'Type `D7`.\n```sh\nrun D7\n```\n')).toEqual([]);
  });

  it('is not satisfied by a statement without a test, or with the wrong one', () => {
    const more = '### C2 · Two\n\nText.\n\nShown by [b](../test/unit/b.test.ts).\n';
    expect(faultsOf(more + sound, file, '')).toEqual(['C2 is shown by no test']);
    const citations = [findCitations(file, "it('C2: shows it', run);")];
    const fault = 'C2 names test/unit/b.test.ts, which does not show it: npm run requirements';
    expect(findFaults(readRequirements(more), citations)).toEqual([fault]);
    expect(findFaults(readRequirements(showTests(more, citations)), citations)).toEqual([]);
  });
});
