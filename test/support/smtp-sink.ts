import { createServer, type Server, type Socket } from 'node:net';

export type SinkStage = 'greeting' | 'ehlo' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot' | 'reply';

/**
 * A fault and its place. `greeting` to `data` are the replies to those commands, `body` is in the middle of the
 * message (after `afterBytes`), `dot` replaces the 250 for the whole message, and `reply` comes after the message was
 * accepted, so that the sink keeps the mail in any case. The fault occurs `times` times, by default always.
 */
export type SinkFault = {
  at: SinkStage;
  how: 'drop' | 'silence' | 'stall' | `${4 | 5}${string}`;
  times?: number;
  afterBytes?: number;
};

export type SinkMail = {
  from: string;
  to: string[];
  message: Buffer;
  messageId: string | null;
  /** Whether the sink sent 250. */
  answered: boolean;
};

export type SinkEvent = { at: number; connection: number; event: string };

/** A real SMTP server on loopback that records its mails and fails on demand. */
export type SmtpSink = {
  url: string;
  port: number;
  mails: SinkMail[];
  events: SinkEvent[];
  /** Replaces the faults. */
  fail: (...faults: SinkFault[]) => void;
  connections: () => number;
  close: () => Promise<void>;
};

/** Starts a sink on a free port. `extensions` are its EHLO lines; with `login` it requires a password. */
export async function startSmtpSink(
  options: Pick<Room, 'extensions' | 'login' | 'answerTo'> = {},
): Promise<SmtpSink> {
  const sockets = new Set<Socket>();
  const mails: SinkMail[] = [];
  const events: SinkEvent[] = [];
  let faults: SinkFault[] = [];
  let accepted = 0;

  const takeFault = (at: SinkStage): SinkFault | null => {
    const fault = faults.find((one) => one.at === at && (one.times ?? 1) > 0);
    if (fault?.times !== undefined) fault.times -= 1;
    return fault ?? null;
  };

  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    accepted += 1;
    const connection = accepted;
    converse(socket, {
      ...options,
      takeFault,
      keep: (mail) => mails.push(mail),
      note: (event) => events.push({ at: performance.now(), connection, event }),
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    events,
    fail: (...next) => {
      faults = next.map((fault) => ({ ...fault }));
    },
    connections: () => accepted,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

type Room = {
  extensions?: string[];
  login?: { user: string; pass: string };
  /** What a recipient is answered in place of 250; after `drop` the mail is kept and the connection cut. */
  answerTo?: (recipient: string) => 'drop' | `${4 | 5}${string}` | null;
  takeFault: (at: SinkStage) => SinkFault | null;
  keep: (mail: SinkMail) => void;
  note: (event: string) => void;
};

function converse(socket: Socket, room: Room): void {
  let pending: Buffer = Buffer.alloc(0);
  let body: { seen: number; fault: SinkFault | null } | null = null;
  let mail: SinkMail = emptyMail();
  let silent = false;
  let isOpen = false;
  let isCut = false;

  /** True if the conversation goes on with the usual reply. */
  const passes = (at: SinkStage): boolean => {
    const fault = room.takeFault(at);
    if (!fault) return true;
    room.note(`fault ${at} ${fault.how}`);
    if (fault.how === 'drop') socket.destroy();
    else if (fault.how === 'stall') socket.pause();
    else if (fault.how === 'silence') silent = true;
    else {
      socket.write(`${fault.how}\r\n`);
      if (fault.how.startsWith('421')) socket.end();
    }
    return false;
  };
  const answer = (at: SinkStage, line: string) => {
    room.note(at);
    if (passes(at) && !socket.destroyed) socket.write(`${line}\r\n`);
  };

  const takeCommand = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') {
      const lines = ['sink.test', ...(room.extensions ?? ['8BITMIME', 'SIZE 10000000'])];
      if (room.login) lines.push('AUTH PLAIN');
      answer('ehlo', lines.map((text, n) => `250${n === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n'));
    } else if (verb === 'HELO') answer('ehlo', '250 sink.test');
    else if (verb === 'AUTH') {
      const given = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
      const right = given === `\0${room.login?.user}\0${room.login?.pass}`;
      answer('auth', right ? '235 2.7.0 welcome' : '535 5.7.8 wrong password');
    } else if (verb === 'MAIL') {
      mail = emptyMail();
      isCut = false;
      isOpen = false;
      room.note('mail');
      if (!passes('mail')) return;
      isOpen = true;
      mail.from = /<(.*?)>/.exec(line)?.[1] ?? '';
      socket.write('250 2.1.0 ok\r\n');
    } else if (verb === 'RCPT') {
      room.note('rcpt');
      if (!passes('rcpt')) return;
      const recipient = /<(.*?)>/.exec(line)?.[1] ?? '';
      const given = room.answerTo?.(recipient) ?? null;
      isCut ||= given === 'drop';
      if (given !== null && given !== 'drop') return void socket.write(`${given}\r\n`);
      mail.to.push(recipient);
      socket.write('250 2.1.5 ok\r\n');
    } else if (verb === 'DATA') {
      room.note('data');
      if (!isOpen || mail.to.length === 0) socket.write('554 5.5.1 no valid recipients\r\n');
      if (!isOpen || mail.to.length === 0 || !passes('data')) return;
      body = { seen: 0, fault: room.takeFault('body') };
      socket.write('354 go ahead\r\n');
    } else if (verb === 'RSET') {
      isOpen = false;
      socket.write('250 2.0.0 ok\r\n');
    } else if (verb === 'QUIT') socket.end('221 2.0.0 bye\r\n');
    else socket.write('502 5.5.1 unknown command\r\n');
  };

  const takeMessage = (message: Buffer): void => {
    body = null;
    room.note('dot');
    const unstuffed = Buffer.from(message.toString('latin1').replace(/^\.\./gm, '.'), 'latin1');
    mail.message = unstuffed;
    mail.messageId = /^message-id:\s*(<[^>]+>)/im.exec(unstuffed.toString('latin1'))?.[1] ?? null;
    if (!passes('dot')) return;
    room.keep(mail);
    if (isCut) return void socket.destroy();
    if (!passes('reply')) return;
    mail.answered = true;
    room.note('reply');
    socket.write('250 2.0.0 queued as SINK1\r\n');
  };

  socket.on('data', (chunk: Buffer) => {
    if (silent) return;
    pending = Buffer.concat([pending, chunk]);
    while (pending.length > 0 && !socket.destroyed && !silent) {
      if (body) {
        if (body.seen === 0) room.note('first byte');
        body.seen = pending.length;
        if (body.fault && body.seen > (body.fault.afterBytes ?? 0)) {
          room.note(`fault body ${body.fault.how}`);
          if (body.fault.how === 'stall') socket.pause();
          else if (body.fault.how === 'silence') silent = true;
          else if (body.fault.how === 'drop') socket.destroy();
          else socket.end(`${body.fault.how}\r\n`);
          return;
        }
        const end = pending.indexOf('\r\n.\r\n');
        if (end < 0) return;
        const message = pending.subarray(0, end + 2);
        pending = pending.subarray(end + 5);
        takeMessage(message);
      } else {
        const end = pending.indexOf('\r\n');
        if (end < 0) return;
        const line = pending.subarray(0, end).toString();
        pending = pending.subarray(end + 2);
        takeCommand(line);
      }
    }
  });
  answer('greeting', '220 sink.test ESMTP');
}

function emptyMail(): SinkMail {
  return { from: '', to: [], message: Buffer.alloc(0), messageId: null, answered: false };
}
