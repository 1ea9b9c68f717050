import { messageOf, TrialbellError } from '../errors.ts';

/** The last sentence of every fault of the embedded database. */
export const wayOut = 'Or set DATABASE_URL to a PostgreSQL (15 or newer) of your own.';

const advices: [RegExp, string][] = [
  [
    /No space left on device|disk is full|wrote only|ENOSPC|Disk quota exceeded|EDQUOT/i,
    'The disk is full: free some space there.',
  ],
  [
    /Read-only file system|EROFS/i,
    'That file system is read-only: set DATA_DIR to a folder that can be written.',
  ],
  [
    /Cannot allocate memory|ENOMEM|could not map anonymous shared memory|out of memory/i,
    'This machine has too little free memory for it (about 200 MB): free some.',
  ],
  [
    /shared memory segment|semaphores/i,
    "The kernel's limits for shared memory are too low here (kernel.shm*).",
  ],
  [/Too many open files|EMFILE|ENFILE/i, 'The limit of open files is too low: raise it (ulimit -n 4096).'],
  [
    /could not fork|Resource temporarily unavailable|EAGAIN/i,
    'The limit of processes is too low: raise it (ulimit -u 1024).',
  ],
  [
    /Function not implemented|ENOSYS|Operation not permitted|EPERM|EINVAL/i,
    'This container or sandbox forbids what PostgreSQL needs. When you are root, run Trialbell as an ordinary user.',
  ],
  [
    /Permission denied|EACCES/i,
    "The rights there do not allow it: run Trialbell as the folder's owner, or set DATA_DIR to a folder of your own.",
  ],
  [
    /database disk image|disk I\/O error|locking protocol|unable to open database|not a database/i,
    'That file system cannot hold locks, or the file is damaged: set DATA_DIR to a folder on a local disk.',
  ],
];

/** Makes an error that names the failed step, says what to do, and offers the alternative. */
export function explainFault(what: string, cause: unknown): TrialbellError {
  if (cause instanceof TrialbellError) return cause;
  const text = messageOf(cause).trim();
  const advice = advices.find(([pattern]) => pattern.test(text))?.[1];
  return new TrialbellError(
    [`${what}: ${text.replace(/\.?$/, '.')}`, advice, wayOut].filter(Boolean).join(' '),
    {
      cause,
    },
  );
}

/** Returns up to three lines of PostgreSQL's output or log that say why it stopped, else the last line. */
export function reasonIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /\b(FATAL|PANIC|error|could not|initdb: detail)\b/i.test(line));
  return (telling.length > 0 ? telling.slice(0, 3) : lines.slice(-1))
    .map((line) => line.replace(/\S+ \S+ UTC \[\d+\] /g, '').trim())
    .join('; ');
}
