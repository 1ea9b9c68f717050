import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The crash point of a program: its n-th word to a server, counted from 1, before that word arrives or after the
 * server has obeyed it. The program dies there or, with `cut`, loses all its connections. `of` limits which words
 * count.
 */
export type CrashPoint = { at: number; of?: RegExp; side: 'before' | 'after'; how: 'kill' | 'cut' };

/** Two proxies, for a database and a mail server, that count the words of a program. */
export type CountingProxy = {
  databasePort: number;
  smtpPort: number;
  /** Every word so far: a statement, an SMTP command, the first bytes of a message, its final dot. */
  words: string[];
  /** The recipients for whom the program heard the mail server ask for a message (354) before it died. */
  goneAhead: Set<string>;
  close(): Promise<void>;
};

/** Takes one word of a protocol from the head of a buffer; `answered` says whether a server's bytes end its answer. */
type Word = { bytes: Buffer; name: string | null; answered: (answer: Buffer) => boolean };
type Language = {
  take(pending: Buffer): Word | null;
  hear?(answer: Buffer): void;
};

/**
 * Opens the proxies. At the crash point they call `kill`, which must end the program at once, and pass nothing more
 * on.
 */
export async function openCountingProxy(options: {
  databasePort: number;
  smtpPort: number;
  crash?: CrashPoint | null;
  kill: () => void;
}): Promise<CountingProxy> {
  const { crash = null, kill } = options;
  const words: string[] = [];
  const goneAhead = new Set<string>();
  const sockets = new Set<Socket>();
  let isDead = false;

  const strike = () => {
    if (crash?.how === 'kill') {
      isDead = true;
      kill();
    }
    for (const socket of sockets) socket.destroy();
  };

  function join(inner: Socket, port: number, language: Language): void {
    const outer = connect(port, '127.0.0.1');
    let pending: Buffer = Buffer.alloc(0);
    let answer: Buffer = Buffer.alloc(0);
    let dying: Word | null = null;
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    inner.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (
        let word = language.take(pending);
        word && !isDead && !inner.destroyed;
        word = language.take(pending)
      ) {
        pending = pending.subarray(word.bytes.length);
        if (word.name !== null) words.push(word.name);
        const isLast = word.name !== null && isAt(crash, words);
        if (isLast && crash?.side === 'before') return strike();
        if (isLast) dying = word;
        outer.write(word.bytes);
        if (isLast && word.answered(Buffer.alloc(0))) return setTimeout(strike, 20);
      }
    });
    outer.on('data', (chunk: Buffer) => {
      if (isDead) return;
      if (dying === null) {
        language.hear?.(chunk);
        inner.write(chunk);
        return;
      }
      answer = Buffer.concat([answer, chunk]);
      // Connecting needs a dialog, so only the end of an answer is held back.
      if (dying.answered(answer)) strike();
      else inner.write(chunk);
    });
  }

  const doors = [
    createServer((inner) => join(inner, options.databasePort, speakPostgres())),
    createServer((inner) =>
      join(
        inner,
        options.smtpPort,
        speakSmtp((to) => goneAhead.add(to)),
      ),
    ),
  ];
  const [databasePort = 0, smtpPort = 0] = await Promise.all(doors.map(listen));
  return {
    databasePort,
    smtpPort,
    words,
    goneAhead,
    async close() {
      isDead = true;
      for (const socket of sockets) socket.destroy();
      await Promise.all(doors.map((door) => new Promise<void>((resolve) => door.close(() => resolve()))));
    },
  };
}

function isAt(crash: CrashPoint | null, words: string[]): boolean {
  if (crash === null) return false;
  const { at, of } = crash;
  if (!of) return words.length === at;
  return of.test(words.at(-1) ?? '') && words.filter((word) => of.test(word)).length === at;
}

/**
 * PostgreSQL frontend messages. One word is all up to a Sync, or one simple Query; it is obeyed when the server is
 * ready again.
 */
function speakPostgres(): Language {
  let isStarted = false;
  /** Named statements, which later messages refer to by name. */
  const named = new Map<string, string>();
  return {
    take(pending) {
      if (!isStarted) {
        const length = pending.length < 4 ? Number.POSITIVE_INFINITY : pending.readInt32BE(0);
        if (pending.length < length) return null;
        isStarted = true;
        return { bytes: pending.subarray(0, length), name: 'postgres: connect', answered: isReadyForQuery };
      }
      let text = '';
      for (let at = 0; at + 5 <= pending.length; ) {
        const type = String.fromCharCode(pending[at] ?? 0);
        const end = at + 1 + pending.readInt32BE(at + 1);
        if (end > pending.length) return null;
        const [first = '', second = ''] = pending.toString('utf8', at + 5, end).split('\0', 2);
        if (type === 'Q') text = first;
        if (type === 'P') named.set(first, second);
        if (type === 'B') text = named.get(second) ?? '';
        at = end;
        const bytes = pending.subarray(0, end);
        if (type === 'p' || type === 'X') return { bytes, name: null, answered: isReadyForQuery };
        if (type !== 'S' && type !== 'Q') continue;
        const statement = text.replace(/^\s*\/\*.*?\*\//, '').replace(/\s+/g, ' ');
        const name = `postgres: ${statement.trim().slice(0, 70)}`;
        return { bytes, name, answered: isReadyForQuery };
      }
      return null;
    },
  };
}

function isReadyForQuery(answer: Buffer): boolean {
  for (let at = 0; at + 5 <= answer.length; at += 1 + answer.readInt32BE(at + 1)) {
    if (answer[at] === 0x5a) return true;
  }
  return false;
}

/** SMTP commands. A message is two words: its first bytes, which get no answer, and the rest up to the final dot. */
function speakSmtp(goAhead: (to: string) => void): Language {
  let isBody = false;
  let hasBegun = false;
  let to = '';
  let isData = false;
  const answered = (answer: Buffer) => /^\d{3} .*\r\n/m.test(answer.toString('latin1'));
  return {
    take(pending) {
      if (pending.length === 0) return null;
      const end = pending.indexOf(isBody ? '\r\n.\r\n' : '\r\n');
      if (isBody && !hasBegun) {
        hasBegun = true;
        // The line with the dot may arrive in two pieces and must not be torn further.
        const bytes = pending.subarray(0, Math.max(1, (end < 0 ? pending.length : end) - 4));
        return { bytes, name: 'smtp: first bytes', answered: () => true };
      }
      if (end < 0) return null;
      if (isBody) {
        isBody = false;
        return { bytes: pending.subarray(0, end + 5), name: 'smtp: the dot', answered };
      }
      const bytes = pending.subarray(0, end + 2);
      const line = bytes.toString('latin1').trim();
      isData = line === 'DATA';
      if (line.startsWith('RCPT')) to = /<(.*?)>/.exec(line)?.[1] ?? '';
      return { bytes, name: `smtp: ${line.split(/[ :]/)[0]}`, answered };
    },
    hear(answer) {
      if (!isData || !answer.toString('latin1').startsWith('354')) return;
      isData = false;
      isBody = true;
      hasBegun = false;
      goAhead(to);
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
