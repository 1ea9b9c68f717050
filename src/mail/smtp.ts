import type { Readable, Writable } from 'node:stream';
import SMTPConnection, { type SMTPError } from 'nodemailer/lib/smtp-connection';
import { isLoopback } from '../config.ts';
import { judgeError } from './smtp-error.ts';
import type { SmtpOutcome, SmtpStage } from './smtp-reply.ts';

/**
 * How long to wait, in milliseconds: to connect, for the greeting, for each answer, and for the answer after
 * the final dot.
 */
export type SmtpTimeouts = { connectMs: number; greetingMs: number; commandMs: number; replyMs: number };

/** RFC 5321, 4.5.3.2 asks for 5 minutes per command and 10 after the final dot. */
export const defaultSmtpTimeouts: SmtpTimeouts = {
  connectMs: 30_000,
  greetingMs: 60_000,
  commandMs: 300_000,
  replyMs: 600_000,
};

/** One message with its envelope, and how to send it. */
export type Envelope = {
  from: string;
  /** One address: a conversation never has a second recipient. */
  to: string;
  message: Buffer;
  /**
   * Called after the server has asked for the message (354) and before its first byte: the point of no return
   * in the ledger. If it resolves to false, nothing is sent.
   */
  beforeBody: () => Promise<boolean>;
  timeouts?: SmtpTimeouts;
  /** This host's name in EHLO; its own name by default, if that is fully qualified. */
  clientName?: string | undefined;
  /** Ends the conversation at once. After the final dot this leaves the outcome in doubt. */
  signal?: AbortSignal | undefined;
};

/**
 * Hands one message to the server at `smtpUrl` (`smtp:` or `smtps:`, with user and password) and returns the
 * outcome. TLS is required unless the host is loopback. Throws only errors of `beforeBody`, and then nothing
 * was sent. Settles after `beforeBody` has settled: whatever that commits is visible by then.
 */
export async function sendOverSmtp(smtpUrl: string, envelope: Envelope): Promise<SmtpOutcome> {
  const line = new SmtpLine(smtpUrl, envelope);
  const outcome = await line.send(envelope);
  line.close();
  return outcome;
}

const farewellMs = 5_000;

/** Options of a connection, the same for all its messages. */
export type SmtpLineOptions = Pick<Envelope, 'timeouts' | 'clientName'>;

/** One connection to a mail server, for one message after another. */
export class SmtpLine {
  readonly timeouts: SmtpTimeouts;
  readonly auth: { user: string; pass: string } | null;
  readonly connection: SMTPConnection;
  /** Whether the server has greeted us, we are logged in, and nothing is in progress. */
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
      // A server on this machine has no name for a certificate.
      ...(isLoopback(url.hostname) ? { tls: { rejectUnauthorized: false } } : {}),
      ...(options.clientName ? { name: options.clientName } : {}),
      connectionTimeout: this.timeouts.connectMs,
      greetingTimeout: this.timeouts.greetingMs,
      socketTimeout: this.timeouts.commandMs,
      // Closing gracefully in the middle of a message could flush buffered bytes.
      socketCloseTimeout: 0,
    });
    const gone = () => {
      this.isOpen = false;
    };
    this.connection.on('error', gone);
    this.connection.once('end', gone);
  }

  /** Sends one message. Afterwards the connection can be used again only if the message was accepted. */
  async send(envelope: Envelope): Promise<SmtpOutcome> {
    const outcome = await new Conversation(this, envelope).run();
    this.isReady = outcome.phase === 'sent' && this.isOpen;
    if (!this.isReady) {
      this.isOpen = false;
      this.connection.close();
    }
    return outcome;
  }

  /** Closes the connection; sends QUIT first if nothing is in progress. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.connection.quit();
    // Nothing depends on the answer to QUIT, so it is not awaited.
    if (this.connection._socket) this.connection._socket.setTimeout(farewellMs).unref();
  }
}

class Conversation {
  readonly #line: SmtpLine;
  readonly #envelope: Envelope;
  readonly #connection: SMTPConnection;
  #stage: SmtpStage = 'connect';
  #body: Promise<boolean> | null = null;
  #isOver = false;
  #settle: (outcome: SmtpOutcome) => void = () => {};

  constructor(line: SmtpLine, envelope: Envelope) {
    this.#line = line;
    this.#connection = line.connection;
    this.#envelope = envelope;
  }

  async run(): Promise<SmtpOutcome> {
    const { signal } = this.#envelope;
    const fail = (error: SMTPError) => this.#fail(error);
    // A 421 before MAIL ends the connection without an error; at other stages the error follows in the same
    // turn.
    const end = () => setImmediate(() => this.#fail(this.#closed()));
    const stop = () => this.#fail(new Error('this process is stopping'));
    signal?.addEventListener('abort', stop);
    const outcome = await new Promise<SmtpOutcome>((resolve) => {
      this.#settle = (settled) => {
        this.#isOver = true;
        resolve(settled);
      };
      if (signal?.aborted) return stop();
      this.#connection.on('error', fail);
      this.#connection.once('end', end);
      if (this.#line.isReady) return this.#send();
      // If the server leaves before its greeting, the error arrives here.
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
    // The library only pipes it, once the server has answered 354.
    const body = { pipe: (into: Writable) => void this.#sendBody(into) } as unknown as Readable;
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

  /**
   * Commits, then writes the message past the library's stream, which looks at each byte. The final dot waits
   * until all earlier bytes have left this process.
   */
  async #sendBody(stream: Writable): Promise<void> {
    const socket = this.#connection._socket;
    if (socket) (stream as Writable & Readable).unpipe(socket);
    if (!(await this.#commit()) || this.#isOver || !socket) return;
    const end = () => {
      if (this.#isOver || this.#stage !== 'body') return;
      this.#stage = 'reply';
      socket.setTimeout(this.#line.timeouts.replyMs);
      socket.write('.\r\n');
    };
    const whole = socket.write(stuffDots(this.#envelope.message), (error) => {
      if (!error) end();
    });
    if (whole && socket.writableLength === 0) end();
  }

  /** Whether the message may be sent. If not, the conversation has been ended. */
  async #commit(): Promise<boolean> {
    this.#stage = 'body';
    this.#body = this.#envelope.beforeBody();
    // `run` awaits the same promise and throws its error.
    if (await this.#body.catch(() => false)) return true;
    this.#settle({ phase: 'refused-by-ledger' });
    return false;
  }

  #fail(error: SMTPError): void {
    this.#settle(judgeError(error, this.#stage));
  }
}

/** A dot or a lone CR or LF, which means something else in a conversation than in a message. */
const meansMore = /(?:^|\n)\.|(?:^|[^\r])\n|\r(?!\n)|[^\n]$/;

/** The message as it stands in a conversation (RFC 5321, 4.5.2), ended by a line break: with CRLF only, and doubled dots. */
function stuffDots(message: Buffer): Buffer {
  const text = message.toString('latin1');
  if (!meansMore.test(text)) return message;
  const lines = text.split(/\r\n?|\n/);
  if (lines.at(-1) === '') lines.pop();
  return Buffer.from(lines.map((line) => `${line.startsWith('.') ? '.' : ''}${line}\r\n`).join(''), 'latin1');
}
