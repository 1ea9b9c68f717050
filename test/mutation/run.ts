import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Group, groups, slowTests } from './groups.ts';
import { readReport, writeSurvivors, writeTable } from './report.ts';

// `npm run mutation [-- group … --fresh --quick]`: Stryker over src/core as committed, in a folder of its own, so that
// the project keeps no dependency on it. Hours on two cores; a group run alone replaces its own part of the figures. A
// second run works on what changed in code and tests since the first; `--fresh` works on everything. `--quick` keeps
// out what is worked out once when a module loads: each such change needs all tests of its group anew. `--figures` runs
// nothing and writes the list anew.
const root = resolve(import.meta.dirname, '../..');
const home = join(tmpdir(), 'trialbell-mutation');
const tree = join(home, 'main');
const reports = join(home, 'reports');
const stryker = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}@10.1.1`);

const isFresh = process.argv.includes('--fresh');
const isQuick = process.argv.includes('--quick');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = wanted.find((name) => !groups.some((group) => group.name === name));
if (unknown !== undefined) {
  console.error(`No group "${unknown}". Groups: ${groups.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}

setPriority(19);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
copyTree();
const chosen = wanted.flatMap((word) => groups.filter(({ name }) => name === word));
if (process.argv.includes('--figures')) console.log(writeFigures());
else
  for (const group of wanted.length === 0 ? groups : chosen) {
    runGroup(group);
    console.log(`\n${writeFigures()}`);
  }

/** The figures of all groups measured so far, in survivors.md; answers their table. */
function writeFigures(): string {
  const measured = groups.flatMap(({ name, mutate }) => {
    const file = join(reports, `${name}.json`);
    return existsSync(file)
      ? [readReport(name, readFileSync(file, 'utf8'), globSync(mutate, { cwd: tree }))]
      : [];
  });
  const ran = groups.filter(({ name }) => measured.some(({ group }) => group === name));
  const listed = new Set(ran.flatMap(({ mutate }) => globSync(mutate, { cwd: tree })));
  const others = globSync('src/core/**/*.ts', { cwd: tree }).filter((file) => !listed.has(file));
  const table = writeTable(measured, others);
  const list = join(root, 'test/mutation/survivors.md');
  const earlier = existsSync(list) ? readFileSync(list, 'utf8') : '';
  writeFileSync(list, writeSurvivors(table, measured, earlier));
  return table;
}

/** The committed files, with the project's own packages and Stryker; the packages stay while the lock file does. */
function copyTree(): void {
  const lock = join(tree, 'package-lock.json');
  const before = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  mkdirSync(tree, { recursive: true });
  mkdirSync(reports, { recursive: true });
  for (const entry of readdirSync(tree)) {
    if (entry !== 'node_modules') rmSync(join(tree, entry), { recursive: true, force: true });
  }
  const files = execFileSync('git', ['archive', 'HEAD'], { cwd: root, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x'], { cwd: tree, input: files });
  const shared = join(home, 'shared');
  if (!existsSync(shared) && existsSync(join(root, '../shared')))
    symlinkSync(resolve(root, '../shared'), shared);
  if (
    before === readFileSync(lock, 'utf8') &&
    existsSync(join(tree, 'node_modules', '@stryker-mutator', 'vitest-runner'))
  )
    return;
  execFileSync('npm', ['ci'], { cwd: tree, stdio: 'inherit' });
  execFileSync('npm', ['install', '--no-save', ...stryker], { cwd: tree, stdio: 'inherit' });
}

function runGroup({ name, mutate, tests }: Group): void {
  const report = join(reports, `${name}.json`);
  const incremental = join(reports, `${name}.incremental.json`);
  const fresh = join(reports, `${name}.fresh.json`);
  forgetStatic(incremental);
  writeFileSync(join(tree, 'vitest.mutation.config.ts'), writeConfig(tests));
  const options = {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.mutation.config.ts' },
    mutate,
    coverageAnalysis: 'perTest',
    // Stryker rewrites a tsconfig by TypeScript's old API, which TypeScript 7 no longer has.
    tsconfigFile: 'none.json',
    ignoreStatic: isQuick,
    warnings: { slow: false },
    concurrency: 2,
    timeoutMS: 25_000,
    timeoutFactor: 2,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: fresh },
    tempDirName: join(home, 'sandbox'),
    incremental: true,
    incrementalFile: incremental,
    force: isFresh,
  };
  writeFileSync(join(tree, 'stryker.config.json'), JSON.stringify(options));
  console.log(`${name}: started ${new Date().toISOString()}`);
  const { status } = spawnSync('npx', ['stryker', 'run'], {
    cwd: tree,
    stdio: 'inherit',
    env: { ...process.env, TRIALBELL_PROPERTY_RUNS: '15' },
  });
  if (status !== 0) throw new Error(`Stryker failed on ${name}`);
  const figures = JSON.parse(readFileSync(fresh, 'utf8')) as object;
  writeFileSync(report, JSON.stringify({ ...figures, commit, day: new Date().toISOString().slice(0, 10) }));
}

/** What is worked out when a module loads is held against all tests of a group, until one fails: quick ones first. */
function writeConfig(tests: string): string {
  return `import { BaseSequencer } from 'vitest/node';
const slow = ${JSON.stringify(slowTests)};
const rank = ({ moduleId }) => slow.indexOf(moduleId.replace(/^.*\\/|\\.test\\.ts$/g, ''));
class QuickFirst extends BaseSequencer {
  async sort(files) {
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}
const include = ${JSON.stringify([`test/unit/**/${tests}.test.ts`])};
export default { test: { testTimeout: 60_000, include, isolate: false, sequence: { sequencer: QuickFirst } } };
`;
}

/**
 * Stryker does not see that a new test is one for what is worked out when a module loads: such survivors are run again.
 * A quick run keeps none of these results: half of them would be no fair figure.
 */
function forgetStatic(incremental: string): void {
  if (!existsSync(incremental)) return;
  type Kept = { files: Record<string, { mutants: { static?: boolean; status: string }[] }> };
  const kept = JSON.parse(readFileSync(incremental, 'utf8')) as Kept;
  for (const file of Object.values(kept.files))
    file.mutants = file.mutants.filter(
      (mutant) => !mutant.static || (mutant.status !== 'Survived' && !isQuick),
    );
  writeFileSync(incremental, JSON.stringify(kept));
}
