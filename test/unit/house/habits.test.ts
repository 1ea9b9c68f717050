import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readJson = (path: string) => JSON.parse(read(path));

it('one version stands in package.json, its lock file and at the head of the changelog', () => {
  const { version } = readJson('package.json') as { version: string };
  const lock = readJson('package-lock.json') as { version: string; packages: { '': { version: string } } };
  expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
  expect(/^## (\S+) \((?:not released yet|\d{1,2} \w+ \d{4})\)$/m.exec(read('CHANGELOG.md'))?.[1]).toBe(
    version,
  );
});

it('the workflow runs .ci/run, and the templates can be read', () => {
  const { jobs } = parse(read('.github/workflows/ci.yml')) as { jobs: { ci: { steps: { run?: string }[] } } };
  expect(jobs.ci.steps.map(({ run }) => run)).toContain('bash .ci/run');
  for (const name of ['bug', 'idea'])
    expect(parse(read(`.github/ISSUE_TEMPLATE/${name}.yml`))).toMatchObject({ name: expect.any(String) });
  expect(readJson('.devcontainer/devcontainer.json')).toMatchObject({ forwardPorts: [3000] });
});

it('the pre-commit hook refuses a staged file that is not formatted, and no other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-hook-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: folder });
  const commit = () =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--message', 'a'], {
      cwd: folder,
      encoding: 'utf8',
    });
  try {
    git('init', '--quiet');
    git('config', 'core.hooksPath', join(root, '.githooks'));
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'biome.json'), read('biome.json'));
    writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
    git('add', '.');
    expect(commit()).toMatchObject({ status: 1, stderr: expect.stringContaining('run npm ci first') });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'src/unformatted.ts'), 'export const  a = "b"\n');
    writeFileSync(join(folder, 'src/formatted.ts'), "export const a = 'b';\n");
    git('add', 'src/formatted.ts');
    expect(commit()).toMatchObject({ status: 0 });
    git('add', '.');
    expect(commit()).toMatchObject({ status: 1, stderr: expect.stringContaining('npm run format') });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
