import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Whether this process is root, for whom PostgreSQL refuses to run. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Makes a folder and its parents when they are missing: for root passable (the server's user must get through), else private. */
export function makeFolder(folder: string): void {
  // Not `recursive`: where a folder can never be made (below /proc, say) Node 26 tries for ever.
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: isRoot() ? 0o711 : 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Writes a file only its folder's owner may read, whole or not at all, surviving a power cut. */
export function writePrivateFile(file: string, content: string): void {
  const aside = `${file}.${process.pid}.new`;
  const fd = openSync(aside, 'w', 0o600);
  try {
    writeSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  giveToFolderOwner(aside);
  renameSync(aside, file);
}

/** Makes an empty private file unless it is there. Never opens one that is: that would drop the locks on it. */
export function makeLockFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
    giveToFolderOwner(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

/** Reads a text file; null when it does not exist. */
export function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

/** The number of the user who owns this; null when it does not exist. */
export function ownerOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? null;
}

// Root must not leave files behind that the folder's owner cannot open next time.
function giveToFolderOwner(file: string): void {
  if (!isRoot()) return;
  const { uid, gid } = statSync(dirname(file));
  chownSync(file, uid, gid);
}
