import { messageOf, withoutAddresses } from '../../errors.ts';
import {
  checkMarks,
  type FailedMail,
  failMail,
  findWaiting,
  forgetGone,
  isFullOfFailures,
  type MailboxProgress,
  markLater,
  mostFailures,
  passListed,
  passMail,
  resumeProgress,
  takenMark,
} from './mailbox-progress.ts';
import {
  type ListedMail,
  type MailboxSession,
  type MailboxTimeouts,
  UnreadableMail,
  withMailbox,
} from './mailbox-session.ts';

/** A message in the mailbox. */
export type MailboxMessage = {
  /** Identifies the message in its mailbox permanently. */
  id: string;
  /** The message's bytes; null if it is larger than `mostBytes` and was not fetched. */
  raw: Buffer | null;
};

/** The result of one reading: messages taken, and messages that failed and wait for the next reading. */
export type MailboxFigures = { taken: number; failed: number };

/** How to read a mailbox. */
export type ReadMailbox = {
  /** How far the mailbox was read before; null for the first reading. */
  progress: MailboxProgress | null;
  /** Stores how far the mailbox has been read; called after each message. */
  onProgress(progress: MailboxProgress): Promise<void>;
  /** Called for one message after another. `isSettled` means that no person needs to look at the message. */
  take(message: MailboxMessage): Promise<{ isSettled: boolean }>;
  onFailure(error: unknown): void;
  /** Larger messages are not fetched, in bytes. */
  mostBytes: number;
  /** The number of messages per reading; the others wait for the next one. */
  most: number;
  timeouts: MailboxTimeouts;
  signal?: AbortSignal | undefined;
};

/** Connections per reading. A server may close one at each damaged message. */
const mostConnections = 20;
/** No message is begun after this part of the total time, so that a reading on a slow server ends in order. */
const unhurriedPart = 0.8;
/** Messages that are marked in one command. */
const markedAtOnce = 50;
const doctorTimeouts = { connectMs: 10_000, answerMs: 10_000, wholeMs: 20_000 };

/**
 * Takes every message that was not taken before, the oldest first. A message that cannot be read is passed over and
 * tried again in later readings. If a reading is killed, `take` is called again for its last message. Throws a
 * TrialbellError that names neither user nor password if the mailbox cannot be opened or no message could be passed.
 */
export async function readMailbox(url: string, how: ReadMailbox): Promise<MailboxFigures> {
  const reading = new Reading(how);
  const endsAt = Date.now() + how.timeouts.wholeMs;
  for (let connections = 1; ; connections += 1) {
    const before = reading.passed;
    try {
      await withMailbox(url, { ...how, endsAt }, (session) => reading.run(session));
      return reading.figures;
    } catch (error) {
      how.signal?.throwIfAborted();
      if (reading.fault) throw reading.fault;
      if (reading.passed === 0) throw error;
      // Slow progress is not a failure: a later reading that passes no message fails.
      if (reading.passed === before || connections === mostConnections || Date.now() >= endsAt)
        return reading.figures;
    }
  }
}

/** Signs in and counts the messages in the mailbox and those that wait to be taken. Throws as `readMailbox` does. */
export function checkMailbox(
  url: string,
  progress: MailboxProgress | null = null,
  timeouts: MailboxTimeouts = doctorTimeouts,
): Promise<{ messages: number; waiting: number }> {
  const options = { timeouts, endsAt: Date.now() + timeouts.wholeMs, mostBytes: 0 };
  return withMailbox(url, options, async (session) => {
    const resumed = resumeProgress(progress, session.key);
    const listed = await listFrom(session, resumed);
    return { messages: session.messages, waiting: findWaiting(resumed, listed).length };
  });
}

/** One reading, over as many connections as it needs. */
class Reading {
  readonly figures: MailboxFigures = { taken: 0, failed: 0 };
  /** Messages that were taken or passed over. */
  passed = 0;
  /** An error of the caller that ended the reading; the mailbox is not to blame. */
  fault: unknown = null;
  readonly #how: ReadMailbox;
  readonly #endsUnhurried: number;
  readonly #seen = new Set<number>();
  #progress: MailboxProgress | null;
  #inARow = 0;

  constructor(how: ReadMailbox) {
    this.#how = how;
    this.#progress = how.progress;
    this.#endsUnhurried = Date.now() + unhurriedPart * how.timeouts.wholeMs;
  }

  async run(session: MailboxSession): Promise<void> {
    const resumed = resumeProgress(this.#progress, session.key);
    const listed = await listFrom(session, resumed);
    const waiting = findWaiting(resumed, listed).filter((uid) => !this.#seen.has(uid));
    this.#progress = forgetGone(resumed, listed);
    for (const uid of waiting) {
      if (this.#isEnough()) break;
      await this.#takeOne(session, this.#progress, uid);
      if (this.#progress.toMark.length >= markedAtOnce)
        await this.#remember(await markTaken(session, this.#progress));
    }
    if (waiting.every((uid) => this.#seen.has(uid))) this.#progress = passListed(this.#progress, listed);
    await this.#remember(this.#progress);
    await this.#remember(await markTaken(session, this.#progress));
  }

  #isEnough(): boolean {
    const { taken, failed } = this.figures;
    const isSpent = taken + failed >= this.#how.most || Date.now() > this.#endsUnhurried;
    return isSpent || this.#inARow >= mostFailures;
  }

  async #takeOne(session: MailboxSession, progress: MailboxProgress, uid: number): Promise<void> {
    if (uid > progress.upTo && isFullOfFailures(progress)) return;
    let message: { raw: Buffer | null } | null;
    try {
      message = await session.fetch(uid);
    } catch (error) {
      // The next reading has its whole time for this message.
      if (session.isOverdue() && this.passed > 0) throw error;
      this.#how.signal?.throwIfAborted();
      const cameAt = error instanceof UnreadableMail ? error.cameAt : null;
      const failure = { uid, cameAt, said: session.explain(error) };
      await this.#fail(progress, failure);
      if (!session.isOpen()) throw error;
      return;
    }
    // Another program has moved it away.
    if (message === null) return this.#pass(passMail(progress, uid), uid);
    try {
      const { isSettled } = await this.#how.take({ id: `${progress.key}:${uid}`, raw: message.raw });
      this.figures.taken += 1;
      await this.#pass(markLater(passMail(progress, uid), uid, flagsFor(session, isSettled)), uid);
    } catch (error) {
      if (this.fault) throw error;
      const said = withoutAddresses(messageOf(error));
      await this.#fail(progress, { uid, cameAt: null, said });
    }
  }

  async #pass(progress: MailboxProgress, uid: number): Promise<void> {
    this.#seen.add(uid);
    this.passed += 1;
    this.#inARow = 0;
    await this.#remember(progress);
  }

  async #fail(progress: MailboxProgress, failure: Omit<FailedMail, 'tries'>): Promise<void> {
    const { uid, said } = failure;
    this.#seen.add(uid);
    this.passed += 1;
    this.#inARow += 1;
    this.figures.failed += 1;
    this.#how.onFailure(new Error(`message ${uid}: ${said}`));
    await this.#remember(failMail(progress, failure));
  }

  async #remember(progress: MailboxProgress): Promise<void> {
    this.#progress = progress;
    await this.#how.onProgress(progress).catch((error) => {
      this.fault = error;
      throw error;
    });
  }
}

/** Lists the messages that may wait: all after the last one that was passed, and those that failed. */
async function listFrom(session: MailboxSession, { upTo, failed }: MailboxProgress): Promise<ListedMail[]> {
  const older = new Set(failed.map(({ uid }) => uid));
  const listed = await listAfter(session, [upTo + 1, ...older]);
  return listed.filter(({ uid }) => uid > upTo || older.has(uid));
}

/** Lists all messages from the lowest number on: GNU imap4d refuses a list of numbers if one of them is gone. */
function listAfter(session: MailboxSession, uids: number[]): Promise<ListedMail[]> {
  return session.list(`${Math.min(...uids)}:*`);
}

/** The flags for a message that was taken, as far as the mailbox stores them. */
function flagsFor(session: MailboxSession, isSettled: boolean): string[] {
  return [takenMark, ...(isSettled ? ['\\Seen'] : [])].filter((flag) => session.canKeep(flag));
}

/** Marks the messages that were taken and verifies that the server stored the marks. */
async function markTaken(session: MailboxSession, progress: MailboxProgress): Promise<MailboxProgress> {
  if (!session.canKeep(takenMark)) progress = { ...progress, unmarked: "it offers no marks of one's own" };
  if (progress.toMark.length === 0) return progress;
  // GNU imap4d marks another message in place of one that is gone.
  const wanted = progress.toMark.map(({ uid }) => uid);
  const there = new Set((await listAfter(session, wanted)).map(({ uid }) => uid));
  const said: string[] = [];
  for (const flag of [takenMark, '\\Seen']) {
    const uids = progress.toMark.filter(({ flags }) => flags.includes(flag)).map(({ uid }) => uid);
    const marked = uids.filter((uid) => there.has(uid));
    const refusal = marked.length > 0 ? await session.addFlag(marked, flag) : null;
    if (refusal !== null) said.push(refusal);
  }
  const checked = checkMarks(progress, await listAfter(session, wanted), said[0] ?? null);
  return session.canKeep(takenMark) ? checked : { ...checked, unmarked: progress.unmarked };
}
