import { limitAtOnce } from '../event-loop.ts';
import { type Envelope, SmtpLine, type SmtpLineOptions } from './smtp.ts';
import type { SmtpOutcome } from './smtp-reply.ts';

/** Sends messages to one mail server over connections that are kept for a while and used again. */
export type SmtpMailer = {
  /** Sends as `sendOverSmtp` does. Each message has a connection to itself while it is sent. */
  send(envelope: Envelope): Promise<SmtpOutcome>;
  /** Closes the idle connections. */
  close(): void;
};

/** Some servers close or slow down a connection after a number of messages. */
const mostMessages = 100;
/** Mail servers limit the connections of one host; further messages wait for a free one. */
const mostConnections = 16;
const idleMs = 5_000;

/** Opens a mailer. It connects when the first message is sent. */
export function openSmtpMailer(smtpUrl: string, options: SmtpLineOptions = {}): SmtpMailer {
  type Kept = { line: SmtpLine; sent: number; timer: NodeJS.Timeout };
  const idle: Kept[] = [];
  const inTurn = limitAtOnce(mostConnections);
  let isClosed = false;

  function keep(line: SmtpLine, sent: number): void {
    if (!line.isReady || sent >= mostMessages || isClosed) {
      line.close();
      return;
    }
    const kept: Kept = { line, sent, timer: setTimeout(() => drop(kept), idleMs).unref() };
    // An idle connection must not keep the process alive.
    if (line.connection._socket) line.connection._socket.unref();
    idle.push(kept);
  }

  function drop(kept: Kept): void {
    const at = idle.indexOf(kept);
    if (at >= 0) idle.splice(at, 1);
    clearTimeout(kept.timer);
    kept.line.close();
  }

  function takeIdle(): Kept | null {
    for (let kept = idle.pop(); kept; kept = idle.pop()) {
      clearTimeout(kept.timer);
      if (kept.line.isOpen) {
        if (kept.line.connection._socket) kept.line.connection._socket.ref();
        return kept;
      }
    }
    return null;
  }

  async function sendInTurn(envelope: Envelope): Promise<SmtpOutcome> {
    for (let kept = takeIdle(); kept; kept = takeIdle()) {
      const outcome = await kept.line.send(envelope);
      if (!wasStale(outcome) || envelope.signal?.aborted) {
        keep(kept.line, kept.sent + 1);
        return outcome;
      }
    }
    const line = new SmtpLine(smtpUrl, options);
    const outcome = await line.send(envelope);
    keep(line, 1);
    return outcome;
  }

  return {
    send: (envelope) => inTurn(() => sendInTurn(envelope)),
    close() {
      isClosed = true;
      for (const kept of [...idle]) drop(kept);
    },
  };
}

/** Whether the server had closed the idle connection. It knows nothing of the message, which can be sent again. */
function wasStale(outcome: SmtpOutcome): boolean {
  if (outcome.phase !== 'retry' || outcome.stage !== 'mail') return false;
  return outcome.reply.startsWith('421') || (outcome.class === 'relay' && !/^[45]\d\d/.test(outcome.reply));
}
