import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** Which room may import which others, beside itself and the leaves. */
const leaves = [
  'config',
  'errors',
  'event-loop',
  'heap',
  'log',
  'keys',
  'languages',
  'version',
  'disk-room',
  'postgres',
];
const allowed: Record<string, string[]> = {
  config: ['core'],
  keys: ['core'],
  'event-loop': ['core'],
  // The figures of a run are fields of the log.
  log: ['core'],
  // What a language's folder says of illnesses is data, read once as JSON modules are.
  core: ['languages'],
  registries: ['core'],
  'embedded-postgres': [],
  db: ['core'],
  queue: ['core'],
  mail: ['core'],
  'use-cases': ['core', 'db', 'queue'],
  jobs: ['core', 'registries', 'db', 'queue', 'mail', 'use-cases'],
  web: ['core', 'db', 'queue', 'mail', 'use-cases'],
  demo: ['core', 'db', 'embedded-postgres', 'mail', 'queue', 'use-cases', 'jobs', 'registries', 'web', 'app'],
  app: ['core', 'registries', 'embedded-postgres', 'db', 'queue', 'mail', 'use-cases', 'jobs', 'web'],
  cli: [
    ...['core', 'registries', 'embedded-postgres', 'db', 'queue', 'mail'],
    ...['use-cases', 'jobs', 'web', 'app', 'demo'],
  ],
  bin: ['cli'],
  workers: ['app'],
};

/**
 * The wings of a room, the highest first: a file may import from its own wing and from those below. Wings on one line do
 * not know each other. `.` is the room's own ground: its files outside any wing that are not named here.
 */
const wings: Record<string, string[][]> = {
  core: [
    ['why'],
    ['wording'],
    ['digests'],
    ['subscriptions', 'lists'],
    ['matching', 'diff', 'refusals', 'links', 'calendar'],
    ['sites'],
    ['.'],
    ['text'],
  ],
  db: [
    ['admin'],
    ['delivery'],
    ['digests', 'maintenance'],
    ['migrations', 'subscribers', 'integrations', 'ingest'],
    ['catalog', 'lists'],
    ['.'],
  ],
  'use-cases': [['admin'], ['account'], ['lists'], ['subscriptions', 'digests'], ['.']],
  jobs: [
    ['round.ts'],
    ['sweep.ts', 'ticks.ts'],
    ['requests.ts'],
    ['admin'],
    ['subscribers', 'ops'],
    ['delivery'],
    ['digests', 'ingest', 'integrations'],
    ['.'],
  ],
  web: [
    ['server'],
    ['routes.ts'],
    ['admin'],
    ['lists'],
    ['api', 'manage', 'site'],
    ['feeds'],
    ['catalog'],
    ['follow'],
    ['shared'],
    ['http'],
    ['health'],
  ],
};

/** More than a reader takes in at a glance. */
const filesAtMost = 20;
/** An index.ts is the entrance of its folder. */
const sameNameAtMost = 2;

/** What only one room may know. */
const privateLibraries: Record<string, string[]> = {
  bullmq: ['queue'],
  ioredis: ['queue'],
  nodemailer: ['mail'],
  imapflow: ['mail'],
  kysely: ['db'],
  fastify: ['web'],
  '@takumi-rs/core': ['web'],
  hucre: ['web'],
  docx: ['web'],
  commander: ['cli'],
};

/** The launcher hands the environment on to the project's own Node, before any of our code runs. */
const readsEnvironment = ['src/config.ts', 'src/bin.js'];

type Sources = Map<string, string>;
type Import = { from: string; to: string };

/** The room of a file: the folder in src, or for a file in src itself its name (`cli-…` files belong to cli). */
function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  if (top !== 'src') return top;
  return second.replace(/\.[jt]s$/, '').replace(/^(cli|app)-.*/, '$1');
}

/** Where in its room a file stands, as `wings` names it; null in a room without wings. */
function wingOf(file: string): string | null {
  const [, room = '', second = '', third] = file.split('/');
  const order = wings[room];
  if (!order) return null;
  return third !== undefined || order.flat().includes(second) ? second : '.';
}

/** Imports that run up or across the wings of a room, and wings that the table does not know. */
function findClimbs(imports: Import[]): string[] {
  return imports.flatMap(({ from, to }) => {
    const [here, there] = [wingOf(from), wingOf(to)];
    if (here === null || there === null || here === there || roomOf(from) !== roomOf(to)) return [];
    const order = wings[roomOf(from)] ?? [];
    const [at, aim] = [here, there].map((wing) => order.findIndex((line) => line.includes(wing)));
    if (at === undefined || aim === undefined || at < 0 || aim < 0)
      return [`a wing of ${roomOf(from)} is not in the table: ${from} -> ${to}`];
    return aim > at ? [] : [`${here} must not import ${there}: ${from} -> ${to}`];
  });
}

/** Folders of src with too many files to look through, and names that a search finds too often. */
function findCrowds(files: string[]): string[] {
  const ours = files.filter((file) => file.startsWith('src/'));
  const folders = [...Map.groupBy(ours, dirname)].filter(([, held]) => held.length > filesAtMost);
  const named = ours.filter((file) => basename(file) !== 'index.ts');
  const names = [...Map.groupBy(named, (file) => basename(file))].filter(
    ([, held]) => held.length > sameNameAtMost,
  );
  return [
    ...folders.map(([folder, held]) => `${folder} holds ${held.length} files`),
    ...names.map(([name, held]) => `${name} is the name of ${held.join(', ')}`),
  ];
}

function listFiles(): string[] {
  return ['src', 'workers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(root, join(parentPath, name))),
  );
}

function readSources(): Sources {
  const code = listFiles().filter((file) => /\.[jt]s$/.test(file));
  return new Map(code.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** Names that two files export: a search for one finds the other. Migrations all have an `up`. */
function findNamesakes(sources: Sources): string[] {
  const declared = /^export (?:async )?(?:function\*?|const|type|class) (\w+)/gm;
  const exported = [...sources]
    .filter(([file]) => !file.includes('/migrations/'))
    .flatMap(([file, text]) =>
      [...new Set(text.matchAll(declared).map(([, name = '']) => name))].map((name) => ({ name, file })),
    );
  return [...Map.groupBy(exported, ({ name }) => name)]
    .filter(([, held]) => held.length > 1)
    .map(([name, held]) => `${name} is exported by ${held.map(({ file }) => file).join(', ')}`);
}

/** Static and dynamic imports and re-exports, as written. */
function importsOf(sources: Sources): Import[] {
  const statement =
    /(?:^|\n)\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...sources].flatMap(([from, text]) =>
    [...text.matchAll(statement)].map((match) => {
      const name = match[1] ?? match[2] ?? '';
      return { from, to: name.startsWith('.') ? relative('.', join(dirname(from), name)) : name };
    }),
  );
}

const isOurs = (name: string) => /^(src|workers|test|templates)\//.test(name);
const libraryOf = (name: string) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

function findFaults(sources: Sources): string[] {
  const imports = importsOf(sources);
  const faults: string[] = [];
  for (const { from, to } of imports) {
    const room = roomOf(from);
    if (!isOurs(to)) {
      const owners = privateLibraries[libraryOf(to)];
      if (owners && !owners.includes(room))
        faults.push(`${from} imports ${to}, which only ${owners} may know`);
      if (room === 'core' && to.startsWith('node:')) faults.push(`${from} imports ${to}: the core is pure`);
      continue;
    }
    const target = roomOf(to);
    if (target === room || (room !== 'core' && leaves.includes(target))) continue;
    if (leaves.includes(room) && target === 'errors') continue;
    if (!(allowed[room] ?? []).includes(target))
      faults.push(`${room} must not import ${target}: ${from} -> ${to}`);
  }
  for (const [file, text] of sources) {
    if (!readsEnvironment.includes(file) && /\bprocess\.env\b/.test(text))
      faults.push(`${file} reads process.env`);
    if (/^export default\b/m.test(text)) faults.push(`${file} has a default export`);
    if (roomOf(file) === 'web' && /\.(startT|t)ransaction\(/.test(text))
      faults.push(`${file} opens a transaction: acts belong in src/use-cases`);
    if (roomOf(file) !== 'core') continue;
    const impure =
      /\bprocess\.|\bDate\.now\(|\bnew Date\(\)|\bTemporal\.Now\b|\bMath\.random\(|\bfetch\(/.exec(text);
    if (impure) faults.push(`${file} is not pure: ${impure[0]}`);
  }
  return [...faults, ...findClimbs(imports), ...findCircles(imports)];
}

/** Circles between files, type imports included: what knows each other is one thing. */
function findCircles(imports: Import[]): string[] {
  const next = Map.groupBy(
    imports.filter(({ to }) => isOurs(to)),
    ({ from }) => from,
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file))
      circles.push(`circle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
    if (done.has(file) || path.includes(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return circles;
}

describe('the direction of imports', () => {
  it('is the one of docs/architecture.md', () => {
    const sources = readSources();
    expect(sources.size).toBeGreaterThan(20);
    expect(findFaults(sources)).toEqual([]);
  });

  it('leaves each folder small enough to look through, and each name in two places at most', () => {
    expect(findCrowds(listFiles())).toEqual([]);
    const many = Array.from(
      { length: 21 },
      (_, number) => `src/db/catalog/${number}.${number < 2 ? 'json' : 'ts'}`,
    );
    expect(findCrowds([...many, 'src/core/why.ts', 'src/db/why.ts', 'src/web/why.ts'])).toEqual([
      'src/db/catalog holds 21 files',
      'why.ts is the name of src/core/why.ts, src/db/why.ts, src/web/why.ts',
    ]);
  });

  it('gives no two things one exported name', () => {
    expect(findNamesakes(readSources())).toEqual([]);
    const twice: Sources = new Map([
      ['src/core/trial.ts', 'export type Trial = {};\nexport const Trial = 1;'],
      ['src/web/trial.ts', 'export async function Trial() {}'],
    ]);
    expect(findNamesakes(twice)).toEqual(['Trial is exported by src/core/trial.ts, src/web/trial.ts']);
  });

  it.each([
    ['src/db/catalog/feeds.ts', `import { x } from '../admin/people.ts';`, 'catalog must not import admin'],
    ['src/core/matching/topics.ts', `import { x } from '../diff/diff.ts';`, 'matching must not import diff'],
    ['src/jobs/delivery/send.ts', `import { x } from '../round.ts';`, 'delivery must not import round.ts'],
    ['src/web/http/csv.ts', `import { x } from '../routes.ts';`, 'http must not import routes.ts'],
    ['src/db/attic/feeds.ts', `import { x } from '../connect.ts';`, 'is not in the table'],
  ])('finds the climb in %s: %s', (file, text, fault) => {
    expect(findClimbs(importsOf(new Map([[file, text]]))).join()).toContain(fault);
    expect(
      findClimbs(importsOf(new Map([['src/db/admin/why.ts', `import '../catalog/feeds.ts';`]]))),
    ).toEqual([]);
  });

  it('has the wings that docs/architecture.md shows', () => {
    const rows = Object.entries(wings).map(([room, order]) => {
      const names = order.map((wing) =>
        wing.map((one) => (one === '.' ? 'the ground' : one.replace(/\.ts$/, ''))),
      );
      return `| \`${room}\` | ${names.map((wing) => wing.join(', ')).join(' → ')} |`;
    });
    const shown = readFileSync(join(root, 'docs/architecture.md'), 'utf8').split('\n');
    expect(shown).toEqual(expect.arrayContaining(rows));
  });

  it('knows no package that is there for development only', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const imported = importsOf(readSources()).filter(({ to }) => !isOurs(to) && !to.startsWith('node:'));
    expect(imported.length).toBeGreaterThan(10);
    expect(imported.filter(({ to }) => !(libraryOf(to) in dependencies))).toEqual([]);
  });

  it.each([
    ['src/jobs/poll.ts', `import { x } from '../web/routes.ts';`, 'jobs must not import web'],
    ['src/web/routes.ts', `import type { x } from '../jobs/poll.ts';`, 'web must not import jobs'],
    ['src/web/routes.ts', `export { x } from '../registries/registry.ts';`, 'web must not import registries'],
    ['src/core/trial.ts', `import { x } from '../errors.ts';`, 'core must not import errors'],
    ['src/core/trial.ts', `import { x } from 'node:fs';`, 'the core is pure'],
    ['src/core/trial.ts', 'export const x = () => Date.now();', 'is not pure'],
    ['src/jobs/send.ts', `import { Queue } from 'bullmq';`, 'only queue may know'],
    ['src/jobs/send.ts', `import '../../workers/send.ts';`, 'jobs must not import workers'],
    ['src/app.ts', `const x = await import('./cli.ts');`, 'app must not import cli'],
    ['workers/send.ts', `import { x } from '../src/jobs/send.ts';`, 'workers must not import jobs'],
    ['src/db/connect.ts', 'const url = process.env.DATABASE_URL;', 'reads process.env'],
    ['src/db/connect.ts', `import { x } from './trials.ts';`, 'circle: src/db/'],
    ['src/config.ts', `import { x } from './db/connect.ts';`, 'config must not import db'],
    ['src/web/routes.ts', 'await deps.db.transaction().execute(work);', 'acts belong in src/use-cases'],
  ])('finds the fault in %s: %s', (file, text, fault) => {
    const sources: Sources = new Map([
      ['src/core/trial.ts', ''],
      ['src/db/connect.ts', ''],
      ['src/db/trials.ts', `import {\n  connect,\n} from './connect.ts';`],
      ['src/errors.ts', ''],
      ['src/jobs/poll.ts', `import { connect } from '../db/connect.ts';`],
      ['src/registries/registry.ts', ''],
      ['src/web/routes.ts', ''],
      ['src/cli.ts', `import { x } from './app.ts';`],
      ['src/app.ts', ''],
      ['src/jobs/send.ts', ''],
      ['workers/send.ts', ''],
    ]);
    expect(findFaults(sources)).toEqual([]);
    expect(findFaults(sources.set(file, text)).join('\n')).toContain(fault);
  });
});
