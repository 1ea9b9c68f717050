import { Readable } from 'node:stream';
import SMTPConnection, { type SMTPError } from 'nodemailer/lib/smtp-connection';
import { isLoopback } from '../config.ts';
import { judgeError } from './smtp-error.ts';
import type { SmtpOutcome, SmtpStage } from './smtp-reply.ts';

/** How long to wait, in milliseconds: to connect, for the greeting, for each answer, and for the one after the dot. */
export type SmtpTimeouts = { connectMs: number; greetingMs: number; commandMs: number; replyMs: number };

/** RFC 5321 4.5.3.2 asks for 5 minutes a command and 10 after the dot. */
export const defaultSmtpTimeouts: SmtpTimeouts = {
  connectMs: 30_000,
  greetingMs: 60_000,
  commandMs: 300_000,
  replyMs: 600_000,
};

export type Envelope = {
  from: string;
  /** One address: a conversation never has a second recipient. */
  to: string;
  message: Buffer;
  /**
   * Called once the server has asked for the message (354) and before its first byte: the point of no return in the
   * ledger. When it answers false, nothing is sent.
   */
  beforeBody: () => Promise<boolean>;
  timeouts?: SmtpTimeouts;
  /** The name this host greets with (EHLO); its own where that is a full one. */
  clientName?: string | undefined;
  /** Ends the conversation where it stands: after the final dot that leaves a doubt. */
  signal?: AbortSignal | undefined;
};

/**
 * Hands one message to the server at `smtpUrl` (`smtp:` or `smtps:`, user and password in it) and says what came of
 * it. TLS is required unless the host is loopback. Throws only what `beforeBody` throws, and then nothing was sent.
 * Settles after `beforeBody` has: whatever it commits is visible by then.
 */
export async function sendOverSmtp(smtpUrl: string, envelope: Envelope): Promise<SmtpOutcome> {
  const line = new SmtpLine(smtpUrl, envelope);
  const outcome = await line.send(envelope);
  line.close();
  return outcome;
}

const bytesAWrite = 16 * 1024;
const farewellMs = 5_000;

/** What a line is opened with, whatever goes over it. */
export type SmtpLineOptions = Pick<Envelope, 'timeouts' | 'clientName'>;

/** One connection to a mail server, over which one message goes after another. */
export class SmtpLine {
  readonly timeouts: SmtpTimeouts;
  readonly auth: { user: string; pass: string } | null;
  readonly connection: SMTPConnection;
  /** Greeted and logged in, with nothing under way. */
  isReady = false;
  isOpen = true;

  constructor(smtpUrl: string, options: SmtpLineOptions = {}) {
    const url = new URL(smtpUrl);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    this.timeouts = options.timeouts ?? defaultSmtpTimeouts;
    this.auth = url.username
      ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
      : null;
    const secure = url.protocol === 'smtps:';
    this.connection = new SMTPConnection({
      host,
      port: Number(url.port) || (secure ? 465 : 587),
      secure,
      requireTLS: !secure && !isLoopback(url.hostname),
      opportunisticTLS: isLoopback(url.hostname),
      // A server on this machine has no name a certificate could be made out for.
      ...(isLoopback(url.hostname) ? { tls: { rejectUnauthorized: false } } : {}),
      ...(options.clientName ? { name: options.clientName } : {}),
      connectionTimeout: this.timeouts.connectMs,
      greetingTimeout: this.timeouts.greetingMs,
      socketTimeout: this.timeouts.commandMs,
      // Closing gracefully in the middle of a message could let buffered bytes out.
      socketCloseTimeout: 0,
    });
    const gone = () => {
      this.isOpen = false;
    };
    this.connection.on('error', gone);
    this.connection.once('end', gone);
  }

  /** Sends one message; afterwards the line is ready for another only when that one was accepted. */
  async send(envelope: Envelope): Promise<SmtpOutcome> {
    const outcome = await new Conversation(this, envelope).run();
    this.isReady = outcome.phase === 'sent' && this.isOpen;
    if (!this.isReady) {
      this.isOpen = false;
      this.connection.close();
    }
    return outcome;
  }

  /** Takes leave of the server, politely where nothing is under way. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.connection.quit();
    // Sent is sent: nobody waits for the answer to QUIT.
    if (this.connection._socket) this.connection._socket.setTimeout(farewellMs).unref();
  }
}

class Conversation {
  readonly #line: SmtpLine;
  readonly #envelope: Envelope;
  readonly #connection: SMTPConnection;
  #stage: SmtpStage = 'connect';
  #body: Promise<boolean> | null = null;
  #settle: (outcome: SmtpOutcome) => void = () => {};

  constructor(line: SmtpLine, envelope: Envelope) {
    this.#line = line;
    this.#connection = line.connection;
    this.#envelope = envelope;
  }

  async run(): Promise<SmtpOutcome> {
    const { signal } = this.#envelope;
    const fail = (error: SMTPError) => this.#fail(error);
    // A 421 before MAIL ends the connection without an error; elsewhere the error follows in the same turn.
    const end = () => setImmediate(() => this.#fail(this.#closed()));
    const stop = () => this.#fail(new Error('this process is stopping'));
    signal?.addEventListener('abort', stop);
    const outcome = await new Promise<SmtpOutcome>((resolve) => {
      this.#settle = resolve;
      if (signal?.aborted) return stop();
      this.#connection.on('error', fail);
      this.#connection.once('end', end);
      if (this.#line.isReady) return this.#send();
      // A server that leaves before its greeting is reported here instead.
      this.#connection.connect((error) => (error ? this.#fail(error) : this.#login()));
    });
    signal?.removeEventListener('abort', stop);
    this.#connection.off('error', fail);
    this.#connection.off('end', end);
    if (outcome.phase !== 'sent') this.#connection.close();
    const committed = await this.#body;
    return committed === false ? { phase: 'refused-by-ledger' } : outcome;
  }

  #closed(): SMTPError {
    const reply = this.#connection.lastServerResponse;
    const error: SMTPError = new Error('Connection closed');
    if (reply && this.#stage !== 'reply') error.response = reply;
    return error;
  }

  #login(): void {
    const account = this.#line.auth;
    if (!account) {
      this.#send();
      return;
    }
    this.#stage = 'auth';
    const auth = { user: account.user, credentials: account };
    this.#connection.login(auth, (error) => (error ? this.#fail(error) : this.#send()));
  }

  #send(): void {
    this.#stage = 'mail';
    const { from, to, message } = this.#envelope;
    const body = this.#messageStream();
    this.#connection.send({ from, to: [to], size: message.length }, body, (error, info) => {
      if (error) this.#fail(error);
      else if (this.#stage === 'reply') this.#accept(info.response);
      else this.#settle({ phase: 'ambiguous', reason: `accepted before its end: ${info.response}` });
    });
  }

  #accept(reply: string): void {
    this.#settle({ phase: 'sent', reply });
    const socket = this.#connection._socket;
    if (socket) socket.setTimeout(this.#line.timeouts.commandMs);
  }

  /** The message as a stream that is first read after 354, commits before its first byte, and knows when it ended. */
  #messageStream(): Readable {
    const conversation = this;
    const { message } = this.#envelope;
    let offset = 0;
    return new Readable({
      highWaterMark: 1,
      read() {
        if (offset > 0) {
          conversation.#pushNext(this, offset);
          offset += bytesAWrite;
          return;
        }
        offset = bytesAWrite;
        conversation.#commit().then((committed) => {
          if (committed) this.push(message.subarray(0, bytesAWrite));
        });
      },
    });
  }

  /** True when the message may go out. Otherwise the conversation has been ended. */
  async #commit(): Promise<boolean> {
    this.#stage = 'body';
    this.#body = this.#envelope.beforeBody();
    // An error is thrown by `run`, which awaits the same promise.
    if (await this.#body.catch(() => false)) return true;
    this.#settle({ phase: 'refused-by-ledger' });
    return false;
  }

  /** Pushes what follows `offset`; the end, and with it the dot, only once what came before has left this process. */
  #pushNext(stream: Readable, offset: number): void {
    const { message } = this.#envelope;
    if (offset < message.length) {
      stream.push(message.subarray(offset, offset + bytesAWrite));
      return;
    }
    const socket = this.#connection._socket;
    if (!socket) return;
    if (socket.writableNeedDrain) {
      socket.once('drain', () => this.#pushNext(stream, offset));
      return;
    }
    this.#stage = 'reply';
    socket.setTimeout(this.#line.timeouts.replyMs);
    stream.push(null);
  }

  #fail(error: SMTPError): void {
    this.#settle(judgeError(error, this.#stage));
  }
}
