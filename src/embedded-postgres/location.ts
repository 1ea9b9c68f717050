import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TrialbellError } from '../errors.ts';
import { type Binaries, copyBinaries, findBinaries, linkLibraries, tryBinaries } from './binaries.ts';
import { findUser, type OsUser, runCommand } from './command.ts';
import { explainFault, wayOut } from './faults.ts';
import { isRoot, makeFolder, ownerOf, readIfThere, writePrivateFile } from './files.ts';
import { stopServer } from './server.ts';

/** Where the embedded server's files are, and the user it runs as (`user` null: the current user). */
export type DataLocation = {
  /** The folder under DATA_DIR for this program's own files: password and locks. */
  control: string;
  /** The folder that belongs to the server's user, with `data` and `server.log`. */
  home: string;
  user: OsUser | null;
  binaries: Binaries;
  /** A message about an unusual location, or null. */
  notice: string | null;
};

/** The system's folder for state. It is used if the server's user cannot enter the project's folder. */
export const stateDir = process.platform === 'darwin' ? '/var/db/trialbell' : '/var/lib/trialbell';

/**
 * Chooses the locations of server and data, and creates the folder. Call it under the start lock. `dataDir`
 * is a real path. Throws a TrialbellError that says what to do if no location works.
 */
export async function settlePlace(dataDir: string, control: string): Promise<DataLocation> {
  const binaries = findBinaries();
  const home = join(control, 'server');
  if (!isRoot()) {
    await linkLibraries(binaries);
    const fault = await tryBinaries(binaries, null);
    if (fault) throw explainFault(`PostgreSQL in ${binaries.folder} cannot be run`, new Error(fault));
    makeFolder(home);
    chmodSync(home, 0o700);
    return { control, home, user: null, binaries, notice: null };
  }
  const remembered = readRemembered(control);
  const settled = remembered ? join(remembered.home, 'data') : join(home, 'data');
  const user = await chooseUser(settled);
  await checkActingAs(user);
  const programs = await reachablePrograms(binaries, user);
  if (!remembered && (await prepareHome(home, user))) {
    return { control, home, user, binaries: programs, notice: null };
  }
  if (!remembered && existsSync(join(home, 'data'))) {
    throw new TrialbellError(
      `PostgreSQL does not run as root, and user ${user.name}, as whom it runs, can no longer enter ${home}. Let others ` +
        `pass through the folders above it (chmod o+x). ${wayOut}`,
    );
  }
  const away = await settleAway(dataDir, control, user, programs);
  const notice =
    `PostgreSQL does not run as root, so it runs as user ${user.name}, who cannot enter ${dataDir}: ` +
    `the database is kept in ${away.home}.${away.aside ? ` The data of an earlier ${dataDir} is now in ${away.aside}.` : ''}`;
  return { control, home: away.home, user, binaries: programs, notice };
}

async function reachablePrograms(binaries: Binaries, user: OsUser): Promise<Binaries> {
  await linkLibraries(binaries);
  if ((await tryBinaries(binaries, user)) === null) return binaries;
  const fault = await tryBinaries(binaries, null);
  if (fault) throw explainFault(`PostgreSQL in ${binaries.folder} cannot be run`, new Error(fault));
  makeStateDir();
  return copyBinaries(binaries, stateDir, user);
}

/** Existing data keeps its user; new data gets the first user that exists. */
async function chooseUser(data: string): Promise<OsUser> {
  const owner = statSync(data, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0)
    return { name: `number ${owner.uid}`, uid: owner.uid, gid: owner.gid, ...(await nameOf(owner.uid)) };
  for (const name of ['postgres', 'nobody']) {
    const user = await findUser(name);
    if (user && user.uid !== 0) return user;
  }
  throw new TrialbellError(
    `PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody. Run Trialbell as an ordinary user. ${wayOut}`,
  );
}

async function nameOf(uid: number): Promise<{ name?: string }> {
  const ran = await runCommand('id', ['-nu', String(uid)]);
  return ran.code === 0 ? { name: ran.output.trim() } : {};
}

async function checkActingAs(user: OsUser): Promise<void> {
  const ran = await runCommand('/bin/sh', ['-c', 'exit 0'], { user });
  if (ran.code === 0) return;
  throw new TrialbellError(
    `PostgreSQL does not run as root, and root may not act as user ${user.name} here (${ran.fault?.message ?? `exit code ${ran.code}`}). ` +
      `Run Trialbell as an ordinary user. ${wayOut}`,
  );
}

/** Creates the server's folder and gives it to its user. Returns false if that user cannot reach it. */
async function prepareHome(home: string, user: OsUser): Promise<boolean> {
  const isNew = !existsSync(home);
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    if (isNew || ownerOf(home) === 0 || ownerOf(join(home, 'data')) === 0) {
      const given = await runCommand('chown', ['-hR', `${user.uid}:${user.gid}`, home]);
      if (given.code !== 0) throw new Error(given.output.trim());
    }
  } catch (cause) {
    if (isNew && existsSync(home)) rmdirSync(home);
    throw explainFault(`${home} cannot be made for user ${user.name}`, cause);
  }
  const test = await runCommand('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', home], { user });
  if (test.code === 0) return true;
  if (isNew) rmdirSync(home);
  return false;
}

type Remembered = { home: string; madeFor: string };

const rememberedIn = (control: string) => join(control, 'place.json');

function readRemembered(control: string): Remembered | null {
  const text = readIfThere(rememberedIn(control));
  return text === null ? null : (JSON.parse(text) as Remembered);
}

/**
 * Chooses the location below the system's state folder. It is found again after the data folder was moved,
 * and never shared with a copy of that folder.
 */
async function settleAway(dataDir: string, control: string, user: OsUser, binaries: Binaries) {
  makeStateDir();
  const home = join(stateDir, createHash('sha256').update(dataDir).digest('hex').slice(0, 12));
  const remembered = readRemembered(control);
  let aside: string | null = null;
  if (remembered?.madeFor !== dataDir && existsSync(home)) {
    aside = `${home}.old`;
    await stopServer({ home, user, binaries });
    rmSync(aside, { recursive: true, force: true });
    renameSync(home, aside);
  }
  if (remembered && remembered.madeFor !== dataDir) {
    if (existsSync(rememberedIn(join(remembered.madeFor, 'postgres')))) {
      throw new TrialbellError(
        `${dataDir} is a copy of ${remembered.madeFor}, whose database lies in ${remembered.home} and was not copied. ` +
          `Delete ${control} to begin with an empty database. ${wayOut}`,
      );
    }
    if (existsSync(remembered.home)) {
      await stopServer({ home: remembered.home, user, binaries });
      renameSync(remembered.home, home);
    }
  }
  if (!(await prepareHome(home, user))) {
    throw new TrialbellError(
      `User ${user.name}, as whom PostgreSQL runs, cannot enter ${home}. Let others pass (chmod o+x ${stateDir}). ${wayOut}`,
    );
  }
  writePrivateFile(rememberedIn(control), JSON.stringify({ home, madeFor: dataDir } satisfies Remembered));
  return { home, aside };
}

function makeStateDir(): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o755 });
    if (ownerOf(stateDir) !== 0) throw new Error('it does not belong to root');
  } catch (cause) {
    throw explainFault(
      `PostgreSQL does not run as root, its user cannot enter this folder, and ${stateDir} cannot be used instead`,
      cause,
    );
  }
}
