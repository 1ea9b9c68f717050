import type { Db } from '../../db/connect.ts';
import { isMigrated } from '../../db/maintenance/migrate.ts';
import { writeSetting } from '../../db/settings.ts';
import { leastRoomBytes, readFreeBytes } from '../../disk-room.ts';
import { messageOf } from '../../errors.ts';
import { readGreeting } from '../../mail/greeting.ts';
import type { Queues } from '../../queue/open.ts';

/** How long the mail server's answer is cached, and how long it may take, in milliseconds. */
const mailCheckedMs = 15_000;
const mailAnswersWithinMs = 3_000;

/** How long a successful write proves that the database, or the queue's store, takes more, in milliseconds. */
const writtenMs = 15_000;

/**
 * Returns a function that lists, in words, what the program needs and lacks now; the list is empty when it is ready. Old
 * registry data does not count: pages and mails go on without it, and an alarm reports it (R9).
 */
export function createReadiness(deps: {
  db: Db;
  queues: Promise<Queues>;
  smtpUrl: string | null;
  dataDir: string;
}): () => Promise<string[]> {
  const checkMail =
    deps.smtpUrl === null ? async () => null : rememberFor(mailCheckedMs, mailCheck(deps.smtpUrl));
  const write = rememberFor(writtenMs, () => writeSetting(deps.db, 'ready-at', new Date().toISOString()));
  const findQueueFault = rememberFor(writtenMs, async () => (await deps.queues).fault());
  const checkQueue = async () => {
    try {
      const queues = await deps.queues;
      return await queues.counts().then(findQueueFault, () => queues.fault());
    } catch (error) {
      return messageOf(error);
    }
  };
  return async () => {
    const found = await Promise.all([
      checkDatabase(deps.db, write),
      checkQueue(),
      checkDisk(deps.dataDir),
      checkMail(),
    ]);
    return found.filter((missing) => missing !== null);
  };
}

async function checkDatabase(db: Db, write: () => Promise<void>): Promise<string | null> {
  try {
    if (!(await isMigrated(db))) return 'the database is not at the newest schema: run trialbell migrate';
  } catch (error) {
    return `the database does not answer: ${messageOf(error)}`;
  }
  try {
    await write();
    return null;
  } catch (error) {
    return `the database cannot be written to: ${messageOf(error)}`;
  }
}

async function checkDisk(dataDir: string): Promise<string | null> {
  const room = await readFreeBytes(dataDir);
  return room !== null && room < leastRoomBytes ? 'the disk of DATA_DIR is full' : null;
}

function mailCheck(smtpUrl: string): () => Promise<string | null> {
  return async () => {
    try {
      const greeting = await readGreeting(smtpUrl, mailAnswersWithinMs);
      return /^[45]/.test(greeting) ? `the mail server refuses us: ${greeting}` : null;
    } catch (error) {
      return `the mail server does not answer: ${messageOf(error)}`;
    }
  };
}

/** Caches an answer, or a failure, for `ms` milliseconds. */
export function rememberFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: Promise<T>; askedAtMs: number } | null = null;
  return () => {
    const nowMs = performance.now();
    if (last === null || nowMs - last.askedAtMs > ms) last = { answer: ask(), askedAtMs: nowMs };
    return last.answer;
  };
}
