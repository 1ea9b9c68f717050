import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../support/servers.ts';
import { mailServerPackages } from './packages.ts';

// `npm run mail:servers`: sends through the mail servers of Debian 12, and reads its IMAP servers. Nothing is installed:
// packages are downloaded and unpacked in folders of their own, and all of it runs in a network without a way out.
// The last line is the count. Arguments are vitest's.
const root = join(import.meta.dirname, '../..');
const lacking = ['apt-get', 'dpkg-deb', 'unshare', 'ip', 'dovecot'].filter(
  (name) => findProgram(name) === null,
);
if (process.getuid?.() !== 0) leaveOut('this needs root, for networks and mounts of their own');
if (!isDebian12()) leaveOut('this is no Debian 12');
if (lacking.length > 0) leaveOut(`this machine has no ${lacking.join(', ')}`);

const folder = mkdtempSync(join(tmpdir(), 'trialbell-mail-servers-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

if (!(await canBeApart())) leaveOut('networks and mounts of their own are not allowed here');
try {
  await Promise.all(
    Object.entries(mailServerPackages).map(([name, packages]) => download(join(folder, name), packages)),
  );
} catch (error) {
  leaveOut(`the packages cannot be had: ${String((error as { stderr?: string }).stderr || error).trim()}`);
}
const tests = [join(root, 'test/run.ts'), '--project', 'mail servers', ...process.argv.slice(2)];
const child = spawn(
  'unshare',
  [
    '--net',
    '--kill-child',
    '--fork',
    'sh',
    '-c',
    'ip link set lo up && exec "$@"',
    'sh',
    process.execPath,
    ...tests,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, MAIL_SERVERS_FOLDER: folder } },
);
child.once('exit', (code) => process.exit(code ?? 1));

function isDebian12(): boolean {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID=debian$/m.test(release) && /^VERSION_ID="12"$/m.test(release);
}

/** Tries what each server needs, as a container may refuse it. */
async function canBeApart(): Promise<boolean> {
  const view = join(folder, 'view');
  mkdirSync(view);
  const options = 'lowerdir=/,upperdir=upper,workdir=work';
  const steps = [
    ...['ip link set lo up', 'mount -t tmpfs none "$1"', 'cd "$1"', 'mkdir upper work root'],
    `mount -t overlay none -o ${options} root`,
  ];
  const apart = [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    'sh',
    '-c',
    steps.join(' && '),
    'sh',
    view,
  ];
  return promisify(execFile)('unshare', apart).then(
    () => true,
    () => false,
  );
}

/** Downloads packages with what they need and this machine lacks. */
async function download(place: string, packages: readonly string[]): Promise<void> {
  mkdirSync(join(place, 'partial'), { recursive: true });
  await promisify(execFile)('apt-get', [
    ...[
      'install',
      '--download-only',
      '--reinstall',
      '--yes',
      '--quiet',
      '--quiet',
      '--no-install-recommends',
    ],
    ...['-o', `Dir::Cache::archives=${place}`, '-o', 'Debug::NoLocking=true', ...packages],
  ]);
}

function leaveOut(why: string): never {
  console.log(`Left out: Debian's mail servers, because ${why}`);
  console.log('0 passed, 0 failed, 0 skipped');
  process.exit(0);
}
