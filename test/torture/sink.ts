import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import type { Passage, SinkFault, SinkOrder, SinkWord } from './sink-log.ts';

// A mail server as a process of its own: what it writes down is independent of whatever happens to the senders.
// Its arguments: the longest time, in milliseconds, that it takes to answer a message; and, for other hosts, its address
// and the folder of its certificate.
const [slowest = '0', address = '127.0.0.1', certificate] = process.argv.slice(2);
const slowestMs = Number(slowest);
const passages: Passage[] = [];
const waiting: SinkFault[] = [];
let faults = 0;
let refused = 0;
let underWay = 0;
let refusingUntil = 0;
let slow = { until: 0, byMs: 0 };

/** Whose message was left in doubt once: a second doubt is final by the ledger's rule, and told to an admin. */
const doubted = new Set<string>();

const say = (word: SinkWord) => process.send?.(word);

/** Answers are late by a time that differs from message to message, so that conversations overlap. */
function latenessMs(): number {
  const usual = (passages.length * 37) % (slowestMs + 1);
  return usual + (Date.now() < slow.until ? slow.byMs : 0);
}

function takeFault(at: SinkFault['at']): SinkFault | null {
  const place = waiting.findIndex((fault) => fault.at === at);
  if (place < 0) return null;
  faults += 1;
  return waiting.splice(place, 1)[0] ?? null;
}

function newPassage(client: string): Passage {
  const untouched = {
    goAheadAt: null,
    firstByteAt: null,
    dotAt: null,
    keptAt: null,
    answeredAt: null,
    endedAt: null,
  };
  return { client, to: '', ...untouched, messageId: null, hash: null, fault: null };
}

class Conversation {
  readonly #socket: Socket;
  #client = '';
  #passage = newPassage('');
  #pending: Buffer = Buffer.alloc(0);
  #inBody = false;
  #silent = false;
  #work = Promise.resolve();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.#endBody());
    socket.on('data', (chunk: Buffer) => {
      if (this.#inBody) this.#passage.firstByteAt ??= Date.now();
      this.#work = this.#work.then(() => this.#take(chunk));
    });
  }

  greet(): void {
    this.#answer('greeting', '220 sink.test ESMTP');
  }

  #write(line: string): void {
    if (!this.#socket.destroyed) this.#socket.write(`${line}\r\n`);
  }

  #answer(at: SinkFault['at'], line: string): boolean {
    if (!this.#passes(at)) return false;
    this.#write(line);
    return true;
  }

  #passes(at: SinkFault['at']): boolean {
    const isDoubt = at === 'body' || at === 'dot' || at === 'reply';
    if (isDoubt && doubted.has(this.#passage.to)) return true;
    const fault = takeFault(at);
    if (!fault) return true;
    if (isDoubt) doubted.add(this.#passage.to);
    this.#passage.fault = `${fault.at} ${fault.how}`;
    if (fault.how === 'drop') this.#socket.destroy();
    else if (fault.how === 'silence') this.#silent = true;
    else this.#write(fault.how);
    if (fault.how.startsWith('421')) this.#socket.end();
    return false;
  }

  async #take(chunk: Buffer): Promise<void> {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (!this.#silent) {
      const end = this.#pending.indexOf(this.#inBody ? '\r\n.\r\n' : '\r\n');
      if (this.#inBody && this.#pending.length > 0 && !this.#passesBody()) return;
      if (end < 0) return;
      const taken = this.#pending.subarray(0, end);
      this.#pending = this.#pending.subarray(end + (this.#inBody ? 5 : 2));
      if (this.#inBody) await this.#takeMessage(taken);
      else this.#takeCommand(taken.toString());
    }
  }

  #passesBody(): boolean {
    this.#passage.firstByteAt ??= Date.now();
    return this.#passes('body');
  }

  #takeCommand(line: string): void {
    const verb = line.slice(0, 4).toUpperCase();
    const address = /<(.*?)>/.exec(line)?.[1] ?? '';
    if (verb === 'EHLO') {
      this.#client = line.slice(5);
      this.#answer('ehlo', '250-sink.test\r\n250 8BITMIME');
    } else if (verb === 'MAIL') {
      this.#passage = newPassage(this.#client);
      this.#answer('mail', '250 2.1.0 ok');
    } else if (verb === 'RCPT') {
      this.#passage.to = address;
      this.#answer('rcpt', '250 2.1.5 ok');
    } else if (verb === 'DATA') {
      passages.push(this.#passage);
      if (!this.#passes('data')) return;
      this.#passage.goAheadAt = Date.now();
      this.#inBody = true;
      underWay += 1;
      this.#write('354 go ahead');
    } else if (verb === 'QUIT') this.#socket.end('221 2.0.0 bye\r\n');
    else this.#write('502 5.5.1 unknown command');
  }

  #endBody(): void {
    if (!this.#inBody) return;
    this.#inBody = false;
    this.#passage.endedAt = Date.now();
    underWay -= 1;
  }

  async #takeMessage(message: Buffer): Promise<void> {
    const passage = this.#passage;
    passage.dotAt = Date.now();
    passage.messageId = /^message-id:\s*(<[^>]+>)/im.exec(message.toString('latin1'))?.[1] ?? null;
    passage.hash = createHash('sha256').update(message).digest('hex');
    await sleep(latenessMs());
    if (!this.#passes('dot')) return this.#endBody();
    passage.keptAt = Date.now();
    if (this.#answer('reply', '250 2.0.0 kept') && !this.#socket.destroyed) passage.answeredAt = Date.now();
    this.#endBody();
  }
}

function meet(socket: Socket): void {
  if (Date.now() < refusingUntil) {
    refused += 1;
    socket.on('error', () => {});
    socket.end('421 4.3.2 not now\r\n');
    return;
  }
  new Conversation(socket).greet();
}

const pem = (name: string) => readFileSync(join(certificate ?? '', name));
const server = certificate
  ? createTlsServer({ key: pem('key.pem'), cert: pem('cert.pem') }, meet)
  : createServer(meet);

process.on('message', (order: SinkOrder) => {
  if (order.do === 'fail') waiting.push(order.fault);
  else if (order.do === 'refuse') refusingUntil = Date.now() + order.forMs;
  else if (order.do === 'slow') slow = { until: Date.now() + order.forMs, byMs: order.byMs };
  else say({ passages, faults, refused, underWay });
});
process.on('disconnect', () => process.exit(0));
server.listen(0, address, () => {
  const bound = server.address();
  say({ port: typeof bound === 'object' && bound ? bound.port : 0 });
});
