import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** A user of this machine, with numeric ids. */
export type OsUser = { name: string; uid: number; gid: number };

/** The result of a command: its exit code, its output, and the fault if it could not be run at all. */
export type Ran = { code: number | null; output: string; fault: NodeJS.ErrnoException | null };

/**
 * Runs a program to its end, as `user` if given. The environment is bare: the caller's locale, PG* variables
 * and library paths must not reach PostgreSQL. The program has its own session, so ctrl-C does not reach it.
 * Never throws.
 */
export function runCommand(
  file: string,
  args: string[],
  options: { user?: OsUser | null; cwd?: string; input?: string } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    let output = '';
    let fault: NodeJS.ErrnoException | null = null;
    const child = trySpawn(file, args, options, (error) => {
      fault = error;
      resolve({ code: null, output, fault });
    });
    if (!child) return;
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-20_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.stdin.on('error', () => {});
    child.on('close', (code) => resolve({ code, output, fault }));
    child.stdin.end(options.input ?? '');
  });
}

function trySpawn(
  file: string,
  args: string[],
  options: { user?: OsUser | null; cwd?: string },
  onFault: (error: NodeJS.ErrnoException) => void,
): ChildProcessWithoutNullStreams | null {
  try {
    const child = spawn(file, args, {
      cwd: options.cwd ?? '/',
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' },
      detached: true,
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.on('error', onFault);
    return child;
  } catch (error) {
    // Some faults, such as a missing right to act as that user, are thrown at once; others arrive as events.
    onFault(error as NodeJS.ErrnoException);
    return null;
  }
}

/** Looks up a user of this machine by name; null if there is none. */
export async function findUser(name: string): Promise<OsUser | null> {
  const [uid, gid] = await Promise.all([runCommand('id', ['-u', name]), runCommand('id', ['-g', name])]);
  if (uid.code !== 0 || gid.code !== 0) return null;
  return { name, uid: Number(uid.output.trim()), gid: Number(gid.output.trim()) };
}
