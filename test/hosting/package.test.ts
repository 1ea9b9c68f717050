import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'trialbell-package-'));
chmodSync(folder, 0o755);
const fresh = join(folder, 'fresh');
/** As in a shell: npm names its package to its children, and Vitest sets a BASE_URL of its own. */
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm|NODE|VITEST|TRIALBELL)_|^BASE_URL$/i.test(name)),
  ),
  PATH: (process.env.PATH ?? '')
    .split(':')
    .filter((path) => !path.includes('node_modules'))
    .join(':'),
  NO_COLOR: '1',
};
let tarball = '';
let packed: string[] = [];

beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, env });
  const [made] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as {
    filename: string;
    files: { path: string }[];
  }[];
  tarball = join(folder, made?.filename ?? '');
  packed = made?.files.map(({ path }) => path) ?? [];
  mkdirSync(fresh);
  writeFileSync(join(fresh, 'package.json'), JSON.stringify({ name: 'fresh', private: true }));
  await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: fresh, env });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('O8: the package has JavaScript with source maps and templates, neither types nor tests, and leaves nothing in the checkout', () => {
  expect(packed).toEqual(
    expect.arrayContaining(['lib/cli.js', 'lib/cli.js.map', 'src/bin.js', 'LICENSE', 'README.md']),
  );
  expect(packed).toContain('templates/messages/es/notes.json');
  expect(packed.filter((path) => /\.ts$|^test\/|^node_modules\/|\.env/.test(path))).toEqual([]);
  expect(existsSync(join(root, 'lib'))).toBe(false);
});

it('O8: it runs by npx from an empty folder, and tells its version and its demo', async () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const { stdout } = await run('npx', ['--yes', '--package', tarball, 'trialbell', '--version'], {
    cwd: empty,
    env,
  });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(readdirSync(empty)).toEqual([]);
  const demo = await run('npx', ['trialbell', 'demo'], { cwd: fresh, env });
  expect(demo.stdout + demo.stderr).toContain('http://localhost:');
});

it('O8: as a dependency it starts with its own database and is ready', async () => {
  const child = spawn('npx', ['trialbell', 'start'], {
    cwd: fresh,
    env: { ...env, PORT: '0', REGISTRIES: 'ctgov', CTGOV_URL: 'http://127.0.0.1:9' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = once(child, 'exit');
  let said = '';
  const runs = /runs at (http:\S+?)\. /;
  const started = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (runs.test(said)) resolve();
      });
  });
  try {
    await Promise.race([started, ended]);
    const url = runs.exec(said)?.[1];
    expect(url, said).toBeDefined();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/`)).text()).toContain('Trialbell');
  } finally {
    if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  }
});
