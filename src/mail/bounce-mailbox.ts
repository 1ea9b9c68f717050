import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import { isLoopback } from '../config.ts';
import { messageOf, TrialbellError, withoutAddresses } from '../errors.ts';

/** How long to wait for the mailbox's server, in milliseconds: to connect, for one answer, and in total. */
export type MailboxTimeouts = { connectMs: number; answerMs: number; wholeMs: number };

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

/**
 * Marks taken messages. The mark is separate from \Seen, so other programs and people can read the same
 * mailbox.
 */
const takenMark = '$TrialbellTaken';
/** After this many failures in a row, the messages are not to blame and the reading ends. */
const mostFailures = 5;
const doctorTimeouts = { connectMs: 10_000, answerMs: 10_000, wholeMs: 20_000 };

/**
 * Takes every message that was not taken before, the oldest first, and marks it once `take` is done. If a
 * reading is killed in between, `take` is called again for the same message. Connects to the configured host
 * only, with TLS unless the host is this machine. Throws a TrialbellError that names neither user nor
 * password.
 */
export function readMailbox(url: string, how: ReadMailbox): Promise<MailboxFigures> {
  return withMailbox(url, how, async (client, { mark, id }) => {
    const figures = { taken: 0, failed: 0 };
    let failures = 0;
    const waiting = await search(client, mark);
    for (const uid of waiting.slice(0, how.most)) {
      if (failures === mostFailures) break;
      const message = await fetchMessage(client, uid, how.mostBytes);
      // Another program has moved it away.
      if (message === null) continue;
      try {
        const { isSettled } = await how.take({ id: `${id}:${uid}`, raw: message.raw });
        await addFlags(client, uid, isSettled && mark !== '\\Seen' ? [mark, '\\Seen'] : [mark]);
        figures.taken += 1;
        failures = 0;
      } catch (error) {
        if (!client.usable) throw error;
        how.onFailure(error);
        figures.failed += 1;
        failures += 1;
      }
    }
    return figures;
  });
}

/**
 * Signs in and counts the messages in the mailbox and those that wait to be taken. Throws as `readMailbox`
 * does.
 */
export function checkMailbox(
  url: string,
  timeouts: MailboxTimeouts = doctorTimeouts,
): Promise<{ messages: number; waiting: number }> {
  return withMailbox(url, { timeouts, mostBytes: 0 }, async (client, { mark, messages }) => ({
    messages,
    waiting: (await search(client, mark)).length,
  }));
}

type Opened = { mark: string; id: string; messages: number };

async function withMailbox<T>(
  url: string,
  how: Pick<ReadMailbox, 'timeouts' | 'mostBytes' | 'signal'>,
  use: (client: ImapFlow, opened: Opened) => Promise<T>,
): Promise<T> {
  const client = new ImapFlow(connectionTo(url, how));
  let fault: unknown = null;
  client.on('error', (error) => {
    fault ??= error;
  });
  const whole = setTimeout(() => {
    fault ??= new Error(`it took longer than ${how.timeouts.wholeMs / 1_000} seconds`);
    client.close();
  }, how.timeouts.wholeMs);
  // A message that was taken but not marked is taken again, which changes nothing.
  const stop = () => client.close();
  how.signal?.addEventListener('abort', stop);
  try {
    how.signal?.throwIfAborted();
    await client.connect();
    const { path, permanentFlags, uidValidity, exists, readOnly } = await client.mailboxOpen(folderOf(url));
    if (readOnly) throw new Error(`the folder ${path} cannot be written to`);
    // If the mailbox stores no custom marks, a message that was seen counts as taken.
    const mark = permanentFlags?.has('\\*') ? takenMark : '\\Seen';
    const result = await use(client, { mark, id: String(uidValidity), messages: exists });
    await client.logout().catch(() => {});
    return result;
  } catch (error) {
    const { host, port } = mailboxAddress(url);
    const said = wordsOf(fault ?? error, url);
    throw new TrialbellError(`The mailbox at ${host}:${port} cannot be read: ${said}`, { cause: error });
  } finally {
    clearTimeout(whole);
    how.signal?.removeEventListener('abort', stop);
    client.close();
  }
}

/** The mailbox's host and port, without user and password. */
export function mailboxAddress(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'imaps:' ? 993 : 143) : Number(port),
  };
}

function connectionTo(
  url: string,
  { timeouts, mostBytes }: Pick<ReadMailbox, 'timeouts' | 'mostBytes'>,
): ImapFlowOptions {
  const { protocol, hostname, username, password } = new URL(url);
  return {
    ...mailboxAddress(url),
    secure: protocol === 'imaps:',
    // The password is never sent to another host before TLS: without TLS the reading fails.
    doSTARTTLS: protocol === 'imap:' && !isLoopback(hostname),
    auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    clientInfo: { name: 'Trialbell', version: false, vendor: false, 'support-url': false },
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.answerMs,
    socketTimeout: timeouts.answerMs,
    maxLineLength: 1_000_000,
    maxLiteralSize: mostBytes + 1_000_000,
    maxResponseSize: mostBytes + 2_000_000,
  };
}

function folderOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.replace(/^\//, '')) || 'INBOX';
}

async function search(client: ImapFlow, mark: string): Promise<number[]> {
  const wanted = mark === '\\Seen' ? { seen: false } : { unKeyword: mark };
  const uids = await client.search({ ...wanted, deleted: false }, { uid: true });
  if (!Array.isArray(uids)) throw new Error('it cannot be searched');
  return uids.sort((a, b) => a - b);
}

async function fetchMessage(
  client: ImapFlow,
  uid: number,
  mostBytes: number,
): Promise<{ raw: Buffer | null } | null> {
  const sized = await client.fetchOne(String(uid), { size: true }, { uid: true });
  if (!sized) return null;
  if ((sized.size ?? 0) > mostBytes) return { raw: null };
  // Does not mark the message as seen. Limits the bytes, whatever size the server announced.
  const read = await client.fetchOne(String(uid), { source: { maxLength: mostBytes } }, { uid: true });
  const raw = read ? read.source : undefined;
  return raw ? { raw } : null;
}

async function addFlags(client: ImapFlow, uid: number, flags: string[]): Promise<void> {
  if (!(await client.messageFlagsAdd(String(uid), flags, { uid: true })))
    throw new Error('what was taken cannot be marked');
}

/** The server's own words about an error, without user and password, which it may repeat. */
function wordsOf(error: unknown, url: string): string {
  const { responseText } = error as { responseText?: string };
  const said = withoutAddresses(responseText ?? messageOf(error));
  const { username, password } = new URL(url);
  return [password, username].reduce(
    (text, secret) => (secret === '' ? text : text.replaceAll(decodeURIComponent(secret), '…')),
    said,
  );
}
