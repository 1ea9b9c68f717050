import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { canRunMinimalDebian, runInMinimalDebian } from '../support/minimal-debian.ts';
import { findProgram } from '../support/servers.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'trialbell-systemd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const units = ['trialbell.service', 'trialbell-backup.service', 'trialbell-backup.timer'];

it.runIf(findProgram('systemd-analyze'))(
  'O8: systemd finds no fault in the units, and little that they expose',
  async () => {
    const files = units.map((name) => join(folder, name));
    for (const [n, name] of units.entries()) {
      const unit = readFileSync(join(root, 'ops', name), 'utf8');
      writeFileSync(files[n] ?? '', unit.replaceAll('/opt/trialbell', root));
    }
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--recursive-errors=no', ...files]);
    expect(`${stdout}${stderr}`).not.toContain('trialbell');
    for (const file of files.slice(0, 2))
      await run('systemd-analyze', ['security', '--offline=true', '--threshold=30', file]);
  },
);

it.runIf(canRunMinimalDebian && existsSync('/lib/systemd/systemd'))(
  'O8: systemd, set up as documented, runs pages and backups as an ordinary user, whichever started PostgreSQL, and ends cleanly',
  async () => {
    const operating = readFileSync(join(root, 'docs/operating.md'), 'utf8');
    const setup = /```console\n(useradd[\s\S]*?)\n```/.exec(operating)?.[1] ?? '';
    const { result } = await runInMinimalDebian(['bash', 'test/hosting/systemd-boot.sh', setup], {
      packages: ['libatomic1', 'systemd'],
      isolated: true,
    });
    expect(result.split('\n').filter((line) => !line.startsWith('Created symlink'))).toEqual([
      'started: active, as trialbell',
      'timer: active',
      'backup beside the service: success',
      "stopped: success, PostgreSQL's processes: 0",
      "backup alone: success, PostgreSQL's processes: 0",
      'backups: 2',
      'after a backup that began before the service: success, 200',
      "stopped again: success, PostgreSQL's processes: 0",
      '',
    ]);
  },
);
