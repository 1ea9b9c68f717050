import { accessSync, constants, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, TrialbellError } from '../errors.ts';
import { explainFault, wayOut } from './faults.ts';
import { makeFolder, makeLockFile } from './files.ts';
import { ensureServer, isStillRunning, type RunningServer } from './join.ts';
import { type DataLocation, settlePlace } from './location.ts';
import { isUnlocked, type Lock, lockAlone, lockTogether, tryLockAlone } from './locks.ts';
import { stopServer } from './server.ts';

/** The embedded PostgreSQL as this process uses it. It runs at least until `release`. */
export type Embedded = {
  /** URL of the database `trialbell` on loopback, with the password. It stays the same until `release`. */
  url: string;
  /** A description: the version, the data folder, the user it runs as. */
  where: string;
  /** A message for the operator, in sentences; null if all is as expected. */
  notice: string | null;
  /** Stops using the server. The last process to do so stops it and waits for its end. May be called twice. */
  release(): Promise<void>;
};

type EmbeddedLog = { info(message: string): void; warn(message: string): void };

const lockWaitMs = 11 * 60_000;
const watchMs = 1_000;

/**
 * Starts the embedded PostgreSQL under `dataDir`, or joins the server of other processes with the same
 * folder. If the server is killed meanwhile, it is started again at the same URL. Throws a TrialbellError
 * that names the problem and what to do.
 */
export async function startEmbedded(options: { dataDir: string; log?: EmbeddedLog }): Promise<Embedded> {
  const log = options.log ?? { info() {}, warn() {} };
  const control = openControl(options.dataDir);
  const dataDir = realpathSync(options.dataDir);
  const startLock = join(control, 'start.lock');
  const usersLock = join(control, 'users.lock');
  const lockStart = () =>
    lockAlone(startLock, lockWaitMs, () =>
      log.info('waiting for another process that is starting or stopping the database'),
    );

  const starting = await lockStart();
  let place: DataLocation;
  let running: RunningServer;
  let membership: Lock | null = null;
  try {
    place = await settlePlace(dataDir, control);
    const othersInside = !isUnlocked(usersLock);
    membership = lockTogether(usersLock);
    running = await ensureServer(place, othersInside);
  } catch (cause) {
    membership?.release();
    throw explainFault(`The embedded database of ${dataDir} cannot be used`, cause);
  } finally {
    starting.release();
  }

  let mending: Promise<void> | null = null;
  let ticksToSkip = 0;
  const mend = async () => {
    const lock = await lockStart();
    try {
      const again = await ensureServer(place, true);
      if (again.pid === running.pid) return;
      if (again.port !== running.port) {
        log.warn(`the database was killed and had to move to port ${again.port}: restart this process`);
      } else log.warn('the database was killed and has been started again');
      running = again;
    } catch (cause) {
      log.warn(messageOf(cause));
      ticksToSkip = 15;
    } finally {
      lock.release();
    }
  };
  const watch = setInterval(() => {
    if (mending || ticksToSkip-- > 0 || isStillRunning(place, running)) return;
    mending = mend().finally(() => {
      mending = null;
    });
  }, watchMs);
  watch.unref();

  // A process that ends without `release` also stops the server, but has no time to wait for its end.
  const leaveAtOnce = () => {
    const lock = tryLockAlone(startLock);
    if (!lock) return;
    membership?.release();
    if (isUnlocked(usersLock) && isStillRunning(place, running)) process.kill(running.pid, 'SIGINT');
    lock.release();
  };
  process.once('exit', leaveAtOnce);

  const leave = async () => {
    process.off('exit', leaveAtOnce);
    clearInterval(watch);
    await mending;
    const stopping = await lockStart();
    try {
      membership?.release();
      if (isUnlocked(usersLock)) await stopServer(place);
    } finally {
      stopping.release();
    }
  };
  let left: Promise<void> | null = null;
  return {
    url: `postgres://trialbell:${running.password}@127.0.0.1:${running.port}/trialbell`,
    where: `PostgreSQL ${place.binaries.version.replace(/-.*/, '')} in ${join(place.home, 'data')}${place.user ? ` as user ${place.user.name}` : ''}`,
    notice: place.notice,
    release() {
      left ??= leave();
      return left;
    },
  };
}

/**
 * Opens this program's own folder in the data folder, with the lock files. Throws a TrialbellError if the current
 * user cannot write there.
 */
function openControl(dataDir: string): string {
  const control = join(resolve(dataDir), 'postgres');
  try {
    makeFolder(control);
    accessSync(control, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const name of ['start.lock', 'users.lock']) makeLockFile(join(control, name));
    accessSync(join(control, 'users.lock'), constants.R_OK | constants.W_OK);
    return control;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EACCES') {
      throw new TrialbellError(
        `${control} cannot be used by this user (it may have been made by root). Run Trialbell as its owner, give it to ` +
          `this user (chown -R), or set DATA_DIR to another folder. ${wayOut}`,
        { cause },
      );
    }
    throw explainFault(`The folder ${control} cannot be made`, cause);
  }
}
