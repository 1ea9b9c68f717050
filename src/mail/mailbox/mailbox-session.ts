import { createHash } from 'node:crypto';
import type { FetchQueryObject, ImapFlow, ImapFlowOptions } from 'imapflow';
import { isLoopback } from '../../config.ts';
import { messageOf, TrialbellError, withoutAddresses } from '../../errors.ts';

/** A message that the server lists but cannot return. */
export class UnreadableMail extends Error {
  /** When it came in, if the server knows. */
  readonly cameAt: string | null;

  constructor(cause: unknown, cameAt: Date | null) {
    super(messageOf(cause), { cause });
    this.cameAt = cameAt && !Number.isNaN(cameAt.getTime()) ? cameAt.toISOString() : null;
  }
}

/** How long to wait for the mailbox's server, in milliseconds: to connect, for one answer, and in total. */
export type MailboxTimeouts = { connectMs: number; answerMs: number; wholeMs: number };

/** How to connect: when to give up (as `Date.now()`), and the largest message that may be fetched, in bytes. */
export type SessionOptions = {
  timeouts: MailboxTimeouts;
  endsAt: number;
  mostBytes: number;
  signal?: AbortSignal | undefined;
};

/** A message in the listing of a mailbox. */
export type ListedMail = { uid: number; flags: Set<string> };

/** A mailbox that is open on its server. */
export type MailboxSession = {
  /** Names the mailbox and its numbering (UIDVALIDITY), without user or host. */
  key: string;
  messages: number;
  /** Whether the mailbox stores a flag. */
  canKeep(flag: string): boolean;
  isOpen(): boolean;
  isOverdue(): boolean;
  /** Lists messages by a range of UIDs, without touching the messages themselves. */
  list(range: string): Promise<ListedMail[]>;
  /** Fetches one message without marking it as seen. Null if it is gone; `raw` is null if it is larger than wanted. */
  fetch(uid: number): Promise<{ raw: Buffer | null } | null>;
  /**
   * Asks the server to set a flag. Returns its words if it refuses, otherwise null. Only a new listing shows whether the
   * flag was stored.
   */
  addFlag(uids: number[], flag: string): Promise<string | null>;
  /** The server's own words about an error, without user, password and addresses. */
  explain(error: unknown): string;
};

/**
 * Opens the mailbox, uses it and closes it. Connects to the configured host only, with TLS unless the host is this
 * machine. Throws a TrialbellError that names neither user nor password.
 */
export async function withMailbox<T>(
  url: string,
  options: SessionOptions,
  use: (session: MailboxSession) => Promise<T>,
): Promise<T> {
  const { timeouts, endsAt, signal } = options;
  const words = new ServerWords(url, timeouts);
  // Most processes never open a mailbox, and loading the client takes a tenth of a start.
  const { ImapFlow: Client } = await import('imapflow');
  const client = new Client({ ...connectionTo(url, options), logger: words.logger });
  client.on('error', (error) => words.note(error));
  let isOverdue = false;
  const timer = setTimeout(
    () => {
      isOverdue = true;
      words.overrule(`it took longer than ${timeouts.wholeMs / 1_000} seconds`);
      client.close();
    },
    Math.max(0, endsAt - Date.now()),
  );
  const stop = () => client.close();
  signal?.addEventListener('abort', stop);
  try {
    signal?.throwIfAborted();
    await client.connect();
    const { permanentFlags, uidValidity, exists, readOnly } = await client.mailboxOpen(folderOf(url));
    const result = await use({
      key: `${hashOf(url)}:${uidValidity}`,
      messages: exists,
      canKeep: (flag) =>
        !readOnly &&
        (!permanentFlags || permanentFlags.has(flag) || (permanentFlags.has('\\*') && flag[0] !== '\\')),
      isOpen: () => client.usable,
      isOverdue: () => isOverdue,
      list: (range) => listMails(client, range),
      fetch(uid) {
        words.forget();
        return fetchMail(client, uid, options.mostBytes);
      },
      async addFlag(uids, flag) {
        words.forget();
        if (await client.messageFlagsAdd(uids.join(','), [flag], { uid: true, silent: true })) return null;
        if (!client.usable) throw new Error('the connection ended at a mark');
        return words.of(new Error('it gave no reason'));
      },
      explain: (error) => words.of(error),
    });
    await client.logout().catch(() => {});
    return result;
  } catch (error) {
    const { host, port } = mailboxAddress(url);
    throw new TrialbellError(`The mailbox at ${host}:${port} cannot be read: ${words.of(error)}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
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

/**
 * Distinguishes mailboxes, whose numbers mean nothing in another one. The host is left out because a provider may
 * rename it.
 */
function hashOf(url: string): string {
  const { username, pathname } = new URL(url);
  return createHash('sha256').update(`${username} ${pathname}`).digest('hex').slice(0, 16);
}

function connectionTo(url: string, { timeouts, mostBytes }: SessionOptions): ImapFlowOptions {
  const { protocol, hostname, username, password } = new URL(url);
  return {
    ...mailboxAddress(url),
    secure: protocol === 'imaps:',
    // The password is never sent to another host before TLS: without TLS the reading fails.
    doSTARTTLS: protocol === 'imap:' && !isLoopback(hostname),
    auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    clientInfo: { name: 'Trialbell', version: false, vendor: false, 'support-url': false },
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

/** GNU imap4d answers `UID SEARCH UID 1:*` with nothing and closes at UNKEYWORD, so the flags are listed instead. */
async function listMails(client: ImapFlow, range: string): Promise<ListedMail[]> {
  if (client.mailbox === false || client.mailbox.exists === 0) return [];
  const listed = await client.fetchAll(range, { uid: true, flags: true }, { uid: true });
  return listed
    .flatMap(({ uid, flags }) => (uid && flags ? { uid, flags } : []))
    .sort((a, b) => a.uid - b.uid);
}

/** Courier returns this in place of a message that it cannot open. */
const placeholder = /^From: System Administrator <root@localhost>\r?\nSubject: message unavailable\r?\n/;

async function fetchMail(
  client: ImapFlow,
  uid: number,
  mostBytes: number,
): Promise<{ raw: Buffer | null } | null> {
  // GNU imap4d returns another message if this one is gone. Any server may add news about other messages.
  const ask = async (query: FetchQueryObject) =>
    (await client.fetchAll(String(uid), { uid: true, ...query }, { uid: true })).filter(
      (one) => one.uid === uid,
    );
  const sized = (await ask({ size: true, internalDate: true })).find(({ size }) => size !== undefined);
  if (sized?.size === undefined) return null;
  if (sized.size > mostBytes) return { raw: null };
  try {
    // Limits the bytes, whatever size the server announced.
    const fetched = await ask({ source: { maxLength: mostBytes } });
    const raw = fetched.find(({ source }) => source && source.length > 0)?.source;
    if (!raw) throw new Error('it lists the message but returns nothing for it');
    if (placeholder.test(raw.toString('latin1'))) throw new Error('message unavailable');
    return { raw };
  } catch (error) {
    throw new UnreadableMail(error, new Date(sized.internalDate ?? Number.NaN));
  }
}

/** Keeps the server's last words when it refuses or closes, because the library passes on only some of them. */
class ServerWords {
  readonly logger: { debug(): void; info(): void; warn(entry: unknown): void; error(entry: unknown): void };
  readonly #secrets: string[];
  #said: string | null = null;
  #fault: unknown = null;
  #verdict: string | null = null;
  readonly #timeouts: MailboxTimeouts;

  constructor(url: string, timeouts: MailboxTimeouts) {
    this.#timeouts = timeouts;
    const { username, password } = new URL(url);
    this.#secrets = [password, username].map(decodeURIComponent).filter((secret) => secret !== '');
    const note = (entry: unknown) => this.note((entry as { err?: unknown } | null)?.err ?? null);
    this.logger = { debug: () => {}, info: () => {}, warn: note, error: note };
  }

  note(error: unknown): void {
    this.#said ??= saidIn(error);
    if (error instanceof Error) this.#fault ??= error;
  }

  forget(): void {
    this.#said = null;
  }

  overrule(verdict: string): void {
    this.#verdict = verdict;
  }

  of(error: unknown): string {
    const words =
      this.#verdict ?? saidIn(error) ?? this.#said ?? saySilence(this.#fault ?? error, this.#timeouts);
    return this.#secrets.reduce((text, secret) => text.replaceAll(secret, '…'), withoutAddresses(words));
  }
}

/** The message of an error; in our words if the server said nothing in time. */
function saySilence(error: unknown, { connectMs, answerMs }: MailboxTimeouts): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'CONNECT_TIMEOUT') return `no connection within ${connectMs / 1_000} seconds`;
  if (code === 'GREETING_TIMEOUT' || code === 'ETIMEOUT' || code === 'UPGRADE_TIMEOUT')
    return `no answer within ${answerMs / 1_000} seconds`;
  return messageOf(error);
}

/** The server's words in an error: its NO or BAD, or its BYE. */
function saidIn(error: unknown): string | null {
  const { responseText, reason, cause } = (error ?? {}) as Record<string, unknown>;
  if (cause && error instanceof UnreadableMail) return saidIn(cause);
  return (
    [responseText, reason].find((words): words is string => typeof words === 'string' && words !== '') ?? null
  );
}
