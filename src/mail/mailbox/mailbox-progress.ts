import type { ListedMail } from './mailbox-session.ts';

/** A message that could not be taken, and why, in words that name nobody. */
export type FailedMail = { uid: number; tries: number; cameAt: string | null; said: string };

/**
 * How far a mailbox has been read, stored outside it because a mailbox may store no marks or lose them. Every message
 * up to `upTo` is done, apart from the failed ones.
 */
export type MailboxProgress = {
  /** The mailbox and its UIDVALIDITY; the numbers mean nothing for another one. */
  key: string;
  upTo: number;
  failed: FailedMail[];
  /** Messages that were taken and wait for these flags. */
  toMark: { uid: number; flags: string[]; tries: number }[];
  /** Why the mailbox stores no marks, in the server's words; null if it does. */
  unmarked: string | null;
};

/** Marks taken messages, for people who read the mailbox, and in case the progress is lost. */
export const takenMark = '$TrialbellTaken';
/** After this many failures in a row, the messages are not to blame and the reading ends. */
export const mostFailures = 5;
const mostFailed = 100;
const mostNamed = 3;
const mostMarkTries = 3;

/** Continues a mailbox where it was left, or begins it. */
export function resumeProgress(progress: MailboxProgress | null, key: string): MailboxProgress {
  return progress?.key === key ? progress : { key, upTo: 0, failed: [], toMark: [], unmarked: null };
}

/** The messages to take next: the new ones, the oldest first, then those that failed, the least tried first. */
export function findWaiting({ upTo, failed }: MailboxProgress, listed: ListedMail[]): number[] {
  const waiting = new Set(listed.filter((mail) => !isDone(mail)).map(({ uid }) => uid));
  const retried = failed
    .filter(({ uid }) => waiting.has(uid))
    .sort((a, b) => a.tries - b.tries || a.uid - b.uid);
  return [...[...waiting].filter((uid) => uid > upTo), ...retried.map(({ uid }) => uid)];
}

/** Forgets failures whose messages were deleted or moved away. */
export function forgetGone(progress: MailboxProgress, listed: ListedMail[]): MailboxProgress {
  const there = new Set(listed.filter((mail) => !isDone(mail)).map(({ uid }) => uid));
  return { ...progress, failed: progress.failed.filter(({ uid }) => there.has(uid)) };
}

/** Notes that a message is done: taken, or gone. */
export function passMail(progress: MailboxProgress, uid: number): MailboxProgress {
  const failed = progress.failed.filter((one) => one.uid !== uid);
  return { ...progress, upTo: Math.max(progress.upTo, uid), failed };
}

/** Notes that a message could not be taken. It is passed over and tried again later. */
export function failMail(progress: MailboxProgress, failed: Omit<FailedMail, 'tries'>): MailboxProgress {
  const tries = (progress.failed.find(({ uid }) => uid === failed.uid)?.tries ?? 0) + 1;
  const passed = passMail(progress, failed.uid);
  return { ...passed, failed: [...passed.failed, { ...failed, tries }] };
}

/** Whether so many messages have failed that the server must be at fault. Then no new message is begun. */
export function isFullOfFailures({ failed }: MailboxProgress): boolean {
  return failed.length >= mostFailed;
}

/** Passes over the rest of a listing, which needs no taking. */
export function passListed(progress: MailboxProgress, listed: ListedMail[]): MailboxProgress {
  return { ...progress, upTo: Math.max(progress.upTo, listed.at(-1)?.uid ?? 0) };
}

/** Describes the messages that cannot be taken; null if there are none. */
export function describeFailed(failed: FailedMail[]): string | null {
  if (failed.length === 0) return null;
  const named = failed.slice(0, mostNamed).map(({ uid, cameAt, said }) => {
    const when = cameAt === null ? '' : ` that came in at ${cameAt}`;
    return `number ${uid}${when} (${said})`;
  });
  const more = failed.length > mostNamed ? ', and others' : '';
  return `${failed.length} messages in it cannot be taken: ${named.join(', ')}${more}. They are tried again. Repair them, or move them out of the folder.`;
}

/** Notes the flags that a taken message waits for. */
export function markLater(progress: MailboxProgress, uid: number, flags: string[]): MailboxProgress {
  return flags.length === 0
    ? progress
    : { ...progress, toMark: [...progress.toMark, { uid, flags, tries: 0 }] };
}

/** Compares the flags that were to be set with those that the server lists now. `said` is its refusal, if any. */
export function checkMarks(
  progress: MailboxProgress,
  listed: ListedMail[],
  said: string | null,
): MailboxProgress {
  const flagsOf = new Map(listed.map(({ uid, flags }) => [uid, flags]));
  const left = progress.toMark.filter(({ uid, flags }) => {
    const kept = flagsOf.get(uid);
    return kept !== undefined && flags.some((flag) => !hasFlag(kept, flag));
  });
  const toMark = left
    .map((one) => ({ ...one, tries: one.tries + 1 }))
    .filter(({ tries }) => tries < mostMarkTries);
  const unmarked = left.length > 0 ? (said ?? 'it answered OK and did not keep them') : null;
  return { ...progress, toMark, unmarked };
}

function isDone({ flags }: ListedMail): boolean {
  return hasFlag(flags, '\\Deleted') || hasFlag(flags, takenMark);
}

function hasFlag(flags: Set<string>, wanted: string): boolean {
  return [...flags].some((flag) => flag.toLowerCase() === wanted.toLowerCase());
}
