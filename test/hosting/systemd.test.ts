import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { findProgram } from '../support/servers.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'trialbell-systemd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const units = ['trialbell.service', 'trialbell-backup.service', 'trialbell-backup.timer'];
/** A unit with the folders of this test in place of those of an installation. */
const readUnit = (name: string) =>
  readFileSync(join(root, 'ops', name), 'utf8')
    .replaceAll('/opt/trialbell', root)
    .replaceAll('/var/lib/trialbell', join(folder, 'data'))
    .replaceAll('/var/backups/trialbell', join(folder, 'backups'));
const settingOf = (unit: string, name: string) =>
  new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]?.replaceAll('%%', '%') ?? '';

it.runIf(findProgram('systemd-analyze'))(
  'O8: systemd finds no fault in the units, and little that they expose',
  async () => {
    const files = units.map((name) => join(folder, name));
    for (const [n, name] of units.entries()) writeFileSync(files[n] ?? '', readUnit(name));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--recursive-errors=no', ...files]);
    expect(`${stdout}${stderr}`).not.toContain('trialbell');
    for (const file of files.slice(0, 2))
      await run('systemd-analyze', ['security', '--offline=true', '--threshold=30', file]);
  },
);

it('O8: the lines of the units run as an ordinary user: pages, a backup beside them, and a clean end', async () => {
  const [service = '', backup = ''] = units.map(readUnit);
  const idOf = (what: string) => Number(execFileSync('id', [what, 'nobody'], { encoding: 'utf8' }));
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  for (const path of [folder, join(folder, 'data'), join(folder, 'backups')]) {
    mkdirSync(path, { recursive: true });
    if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
  }
  const given = Object.fromEntries(
    settingOf(service, 'Environment')
      .split(' ')
      .map((pair) => pair.split('=') as [string, string]),
  );
  const options = {
    ...user,
    cwd: settingOf(service, 'WorkingDirectory'),
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      ...given,
      PORT: '0',
      REGISTRIES: 'ctgov',
      CTGOV_URL: 'http://127.0.0.1:9',
    },
  };
  const lineOf = (unit: string) => ['-c', `exec ${settingOf(unit, 'ExecStart')}`];
  const child = spawn('sh', lineOf(service), { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
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
    await run('sh', lineOf(backup), options);
    expect(readdirSync(join(folder, 'backups'))).toEqual([
      expect.stringMatching(/^trialbell-[\dT-]+\.backup$/),
    ]);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
});
