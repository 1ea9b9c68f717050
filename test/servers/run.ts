import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folderOfThisRun, leaveOut, runTestsApart, worksApart } from '../support/apart.ts';
import { findProgram } from '../support/servers.ts';
import { mailServerPackages } from './packages.ts';

// `npm run mail:servers`: sends through the mail servers of Debian 12, and reads its IMAP servers. Nothing is installed:
// packages are downloaded and unpacked in folders of their own, and all of it runs in a network without a way out.
// The last line is the count. Arguments are vitest's.
const what = "Debian's mail servers";
const lacking = ['apt-get', 'dpkg-deb', 'unshare', 'ip', 'dovecot'].filter(
  (name) => findProgram(name) === null,
);
if (process.getuid?.() !== 0) leaveOut(what, 'this needs root, for networks and mounts of their own');
if (!isDebian12()) leaveOut(what, 'this is no Debian 12');
if (lacking.length > 0) leaveOut(what, `this machine has no ${lacking.join(', ')}`);

const folder = folderOfThisRun('mail-servers');
if (!(await canBeApart())) leaveOut(what, 'networks and mounts of their own are not allowed here');
try {
  await Promise.all(
    Object.entries(mailServerPackages).map(([name, packages]) => download(join(folder, name), packages)),
  );
} catch (error) {
  leaveOut(
    what,
    `the packages cannot be had: ${String((error as { stderr?: string }).stderr || error).trim()}`,
  );
}
runTestsApart('mail servers', 'ip link set lo up', { MAIL_SERVERS_FOLDER: folder });

function isDebian12(): boolean {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID=debian$/m.test(release) && /^VERSION_ID="12"$/m.test(release);
}

/** Tries what each server needs. */
async function canBeApart(): Promise<boolean> {
  const view = join(folder, 'view');
  mkdirSync(view);
  const options = 'lowerdir=/,upperdir=upper,workdir=work';
  const steps = [
    ...['ip link set lo up', 'mount -t tmpfs none "$1"', 'cd "$1"', 'mkdir upper work root'],
    `mount -t overlay none -o ${options} root`,
  ];
  return worksApart(steps.join(' && '), view);
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
