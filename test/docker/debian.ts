import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** The engine, and what its images are made of. Debian 13 and older have no PostgreSQL 18. */
const release = 'forky';
const packages = [
  ...[
    'docker.io',
    'docker-cli',
    'docker-buildx',
    'docker-compose',
    'iptables',
    'iproute2',
    'ca-certificates',
  ],
  ...['postgresql-18', 'valkey-server', 'libatomic1'],
];
const left = ['man', 'locale', 'doc', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);

/** What has to be fetched before the network is left. */
export type Fetched = {
  /** A Debian with the engine, as a tar. */
  debian: string;
  /** What `npm ci` asks for in the Dockerfile, as npm keeps it. */
  npmCache: string;
};

/** Fetches what is not there yet into `folder`, whose files are kept for the next run. Throws if something cannot be had. */
export async function fetchAll(folder: string): Promise<Fetched> {
  mkdirSync(folder, { recursive: true });
  const [debian, npmCache] = await Promise.all([
    keep(folder, `${release}-${digest(packages.join(), ...left)}.tar`, fetchDebian),
    keep(folder, `npm-${digest(readFileSync(join(root, 'package-lock.json')))}`, fetchNpmCache),
  ]);
  return { debian, npmCache };
}

/** Makes a file or folder once. What an earlier run kept under another name goes. */
async function keep(folder: string, name: string, make: (place: string) => Promise<void>): Promise<string> {
  const place = join(folder, name);
  if (existsSync(place)) return place;
  const kind = name.split('-')[0] ?? name;
  for (const old of readdirSync(folder).filter((one) => one.startsWith(`${kind}-`)))
    rmSync(join(folder, old), { recursive: true, force: true });
  const begun = mkdtempSync(join(folder, `${kind}-begun-`));
  await make(join(begun, name));
  renameSync(join(begun, name), place);
  rmSync(begun, { recursive: true });
  return place;
}

async function fetchDebian(place: string): Promise<void> {
  await run('mmdebstrap', [
    ...['--variant=minbase', '--quiet', `--include=${packages}`, '--aptopt=APT::Install-Recommends "false"'],
    // The release that is in the making is signed for a week: too short for a mirror that lags.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...[...left, release, place, `deb http://deb.debian.org/debian ${release} main`],
  ]);
}

async function fetchNpmCache(place: string): Promise<void> {
  const folder = `${place}-packages`;
  mkdirSync(folder);
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(root, name), join(folder, name));
  const omitted = ['--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['ci', ...omitted, '--cache', place], { cwd: folder });
}

const digest = (...texts: (string | Buffer)[]) =>
  texts
    .reduce((hash, text) => hash.update(text), createHash('sha256'))
    .digest('hex')
    .slice(0, 12);
