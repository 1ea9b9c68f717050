import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setDefaultCACertificates } from 'node:tls';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readReportCounts } from '../../../src/db/delivery/bounces.ts';
import { releaseLease, takeLease } from '../../../src/db/leases.ts';
import { readMailboxProgress, readMailboxState } from '../../../src/jobs/delivery/bounce-alarms.ts';
import { readBounceMailbox } from '../../../src/jobs/delivery/bounce-mailbox.ts';
import { runRound } from '../../../src/jobs/round.ts';
import type { MailboxProgress } from '../../../src/mail/mailbox/mailbox-progress.ts';
import { checkMailbox, type ReadMailbox, readMailbox } from '../../../src/mail/mailbox/read-mailbox.ts';
import { type BounceWorld, openBounceWorld, reportOf } from '../../support/bounce-world.ts';
import { openImapProxy } from '../../support/imap-proxy.ts';
import { type ImapServer, startImapServer } from '../../support/imap-server.ts';
import type { MailWorld } from '../../support/mail-world.ts';
import { runProgram, serverVariables, startProgram } from '../../support/program.ts';
import { dovecotProgram } from '../../support/servers.ts';

const taken = '$TrialbellTaken';
const answer = 'From: ann@example.net\r\nTo: bell@example.org\r\n\r\nThank you for this.\r\n';
const timeouts = { connectMs: 20_000, answerMs: 20_000, wholeMs: 50_000 };

/** Remembers between readings how far a mailbox was read. */
function remembering(): Pick<ReadMailbox, 'progress' | 'onProgress'> {
  let kept: MailboxProgress | null = null;
  return {
    get progress() {
      return kept;
    },
    async onProgress(progress) {
      kept = progress;
    },
  };
}

let server: ImapServer;
let mail: MailWorld | null = null;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await mail?.close();
  mail = null;
});

async function open(people?: string[]): Promise<BounceWorld> {
  const opened = await openBounceWorld(server, people);
  mail = opened.mail;
  return opened;
}

/** A server of few words on loopback; says what it is told to, and hears. */
async function startSpeaker(speak: (socket: Socket) => void): Promise<{ port: number }> {
  const sockets = new Set<Socket>();
  const speaker: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    speak(socket);
  }).listen(0, '127.0.0.1');
  await once(speaker, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    speaker.close();
  });
  const address = speaker.address();
  return { port: typeof address === 'object' && address ? address.port : 0 };
}

describe.skipIf(dovecotProgram === null)('the mailbox that mails come back to', () => {
  beforeAll(async () => {
    server = await startImapServer({ tls: true });
  });
  afterAll(() => server.close());

  it('E6: each message is taken once; one that is not about our mail stays unseen, for a person', async () => {
    const { read, report, reasons, db, stored } = await open(['ann@example.net', 'bob@example.net']);
    await server.append(await report('postfix-unknown-user'), answer);
    await server.append(reportOf('yahoo-complaint', null), await report('postfix-mailbox-full', 1));
    expect(await read()).toEqual({ taken: 4, failed: 0 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect(await readReportCounts(db)).toEqual({ hard: 1, none: 1, foreign: 1, soft: 1 });
    expect(await server.flags()).toEqual([[taken, '\\Seen'], [taken], [taken], [taken, '\\Seen']]);
    const before = await stored();
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    expect(await stored()).toEqual(before);
  });

  it('E6: with BOUNCE_VERP a report is matched by the address that it was delivered to, in any case', async () => {
    const { read, reasons, mail: sent } = await open();
    Object.assign(sent.world.context.config, { bounceVerp: true, mailFrom: 'bell@example.org' });
    const address = (await sent.row()).message_id?.replace(/^<(.*)@.*$/, 'BELL+$1@Example.org') ?? '';
    const report = reportOf('postfix-unknown-user', null).toString();
    await server.append(`Delivered-To: ${address.toUpperCase()}\r\n${report}`);
    expect(await read()).toEqual({ taken: 1, failed: 0 });
    expect(await reasons()).toEqual(['hard-bounce']);
    await server.empty();
  });

  it('E6: a message that a person has already opened is taken too', async () => {
    const { read, report, reasons } = await open();
    await server.append(await report('yahoo-complaint'));
    await server.see();
    expect(await read()).toEqual({ taken: 1, failed: 0 });
    expect(await reasons()).toEqual(['complaint']);
  });

  it.each([
    ['a dead mailbox', 'postfix-unknown-user'],
    ['a refusal for our standing', 'postfix-blocklist'],
    ['a complaint', 'yahoo-complaint'],
    ['a forged report', null],
  ])(
    'E6: a connection cut between the effect and the mark: taken again, %s changes nothing',
    async (_what, name) => {
      const { context, read, report, stored, alerts, forget, db } = await open();
      await server.append(name === null ? reportOf('yahoo-complaint', null) : await report(name));
      const proxy = await openImapProxy(server.port, { beforeMark: () => {} });
      closers.push(proxy.close);
      context.config.bounceImapUrl = server.url({ port: proxy.port });
      expect(await read()).toEqual({ taken: 1, failed: 0 });
      expect(await server.flags()).toEqual([[]]);
      await forget();
      const [before, told] = [await stored(), await alerts()];
      expect(Object.values(await readReportCounts(db))).toEqual([1]);
      context.config.bounceImapUrl = server.url();
      expect(await read()).toEqual({ taken: 1, failed: 0 });
      expect(await stored()).toEqual(before);
      expect([await alerts(), told]).toEqual(name === 'postfix-blocklist' ? [1, 1] : [0, 0]);
      expect(await read()).toEqual({ taken: 0, failed: 0 });
    },
  );

  it('E6: a worker killed between the effect and the mark: the next one changes nothing', async () => {
    const { mail, report, read, reasons, forget, db } = await open();
    await server.append(await report('gmail-disabled'));
    const killed = Promise.withResolvers<void>();
    const proxy = await openImapProxy(server.port, {
      beforeMark() {
        running.child.kill('SIGKILL');
        killed.resolve();
      },
    });
    closers.push(proxy.close);
    const env = {
      ...(await serverVariables(mail.world.databaseUrl)),
      BOUNCE_IMAP_URL: server.url({ port: proxy.port }),
      DATA_DIR: mail.world.context.config.dataDir,
      REGISTRIES: 'ctgov',
      CTGOV_URL: mail.world.recorded.url,
    };
    const running = startProgram(['worker', 'bounces'], env);
    const ended = running.ended.then(({ stderr }) => {
      throw new Error(`it ended by itself: ${stderr}`);
    });
    await Promise.race([killed.promise, ended]);
    await running.ended;
    expect(await reasons()).toEqual(['hard-bounce']);
    await sql`update leases set expires_at = now() where name = 'bounce-mailbox'`.execute(db);
    // As if it had been killed before it could remember the message.
    await forget();
    expect(await read()).toEqual({ taken: 1, failed: 0 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect(await readReportCounts(db)).toEqual({ hard: 1 });
  });

  it('E6: one that is too large is left alone and counted, and holds up no other', async () => {
    const { context, read, report, reasons, db } = await open();
    await server.append(Buffer.concat([await report('yahoo-complaint'), Buffer.alloc(5_000_000, 'x\r\n')]));
    await server.append(await report('gmail-disabled'));
    const proxy = await openImapProxy(server.port);
    closers.push(proxy.close);
    context.config.bounceImapUrl = server.url({ port: proxy.port });
    expect(await read()).toEqual({ taken: 2, failed: 0 });
    expect(await readReportCounts(db)).toEqual({ oversized: 1, hard: 1 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect(proxy.said().match(/BODY\.PEEK\[\]/g)).toHaveLength(1);
    expect(await read()).toEqual({ taken: 0, failed: 0 });
  });

  it('a message that cannot be taken waits, is told of, and holds up no other', async () => {
    await server.empty();
    await server.append('Subject: one\r\n\r\n1\r\n', 'Subject: two\r\n\r\n2\r\n');
    const seen: string[] = [];
    const faults: unknown[] = [];
    const memory = remembering();
    const readOnce = () =>
      readMailbox(server.url(), {
        ...memory,
        async take({ raw }) {
          if (raw?.includes('one') && faults.length === 0) throw new Error('the database is away');
          seen.push(String(raw).slice(9, 12));
          return { isSettled: false };
        },
        onFailure: (fault) => faults.push(fault),
        ...{ mostBytes: 1_000, most: 10, timeouts },
      });
    expect(await readOnce()).toEqual({ taken: 1, failed: 1 });
    expect(String(faults)).toContain('the database is away');
    expect(await readOnce()).toEqual({ taken: 1, failed: 0 });
    expect(seen).toEqual(['two', 'one']);
  });

  it('a reading ends after its maximum of messages, and the next one continues', async () => {
    await server.empty();
    await server.append(...['1', '2', '3'].map((text) => `Subject: ${text}\r\n\r\n${text}\r\n`));
    const ids: string[] = [];
    const memory = remembering();
    const readTwo = () =>
      readMailbox(server.url(), {
        ...memory,
        take: async ({ id }) => {
          ids.push(id);
          return { isSettled: false };
        },
        onFailure: () => {},
        ...{ mostBytes: 1_000, most: 2, timeouts },
      });
    expect([await readTwo(), await readTwo(), await readTwo()].map((one) => one.taken)).toEqual([2, 1, 0]);
    expect(new Set(ids).size).toBe(3);
  });

  it('two processes at once: one reads, the other lets it', async () => {
    const { mail, context, report, db } = await open();
    await server.append(await report('gmail-disabled'), answer, answer);
    const lease = await takeLease(db, 'bounce-mailbox', 'another process', 60_000);
    if (!lease) throw new Error('nobody else reads yet');
    expect(await readBounceMailbox(context, undefined, timeouts)).toBeNull();
    expect(await readReportCounts(db)).toEqual({});
    await releaseLease(db, lease);
    await Promise.all(
      [context, mail.world.another()].map((one) => readBounceMailbox(one, undefined, timeouts)),
    );
    expect(await readReportCounts(db)).toEqual({ hard: 1, none: 2 });
  });

  it('R9: away for an hour an admin is told, and nothing else stops; read again, it is over', async () => {
    const { mail, context, db } = await open();
    context.config.bounceImapUrl = server.url({ password: 'wrong' });
    const round = () => runRound(context, []);
    expect((await round()).ok).toBe(true);
    const alarms = () => db.selectFrom('alerts').select(['name', 'message']).execute();
    expect(await alarms()).toEqual([]);
    mail.wait(59);
    await round();
    expect(await alarms()).toEqual([]);
    mail.wait(1);
    expect((await round()).ok).toBe(true);
    expect(await alarms()).toMatchObject([
      { name: 'bounces-unread', message: expect.stringContaining('since 2026-11-04T09:00:00.000Z') },
    ]);
    expect(mail.sink.mails.at(-1)?.to).toEqual(['admin@example.org']);
    expect(mail.sink.mails.at(-1)?.message.toString()).toMatch(
      /Subject: .*emails that came back are not read/,
    );
    expect(JSON.stringify(await alarms())).not.toMatch(/wrong|bell@/);
    context.config.bounceImapUrl = server.url();
    mail.wait(5);
    await round();
    expect(await alarms()).toEqual([]);
    expect(await readMailboxState(db)).toMatchObject({ failingSince: null, readAt: context.now() });
  });

  it('P1: nothing that is stored or said of a reading names anybody', async () => {
    const { mail, context, read, report } = await open();
    const lines: unknown[] = [];
    context.log.info = ((...said: unknown[]) => lines.push(said)) as typeof context.log.info;
    context.log.warn = context.log.info as typeof context.log.warn;
    await server.append(await report('postfix-unknown-user'), answer, reportOf('gmail-unknown-user', null));
    await read();
    context.config.bounceImapUrl = server.url({ password: 'wrong' });
    await read();
    expect(lines.length).toBeGreaterThan(2);
    for (const text of [JSON.stringify(lines), (await mail.world.dump()).join('\n')])
      expect(text).not.toMatch(/ann@|reader@|bell@example|wrong/);
  });
});

describe.skipIf(dovecotProgram === null)('the way to the mailbox', () => {
  beforeAll(async () => {
    server = await startImapServer({ tls: true });
  });
  afterAll(async () => {
    setDefaultCACertificates([]);
    await server.close();
  });

  it('P7: elsewhere than on this machine no password goes out without TLS', async () => {
    const plain = await startImapServer();
    closers.push(plain.close);
    const proxy = await openImapProxy(plain.port);
    closers.push(proxy.close);
    await expect(checkMailbox(plain.url({ host: '0.0.0.0', port: proxy.port }))).rejects.toThrow(/STARTTLS/);
    expect(proxy.said()).toContain('Trialbell');
    expect(proxy.said()).not.toMatch(/LOGIN|AUTHENTICATE/i);
    expect(await checkMailbox(plain.url({ port: proxy.port }))).toEqual({ messages: 0, waiting: 0 });
    expect(proxy.said()).toMatch(/LOGIN|AUTHENTICATE/i);
  });

  it('P7: with TLS from the start or after STARTTLS it goes in, to nobody whose certificate is not trusted', async () => {
    await server.append(answer);
    const urls = [server.url({ secure: true }), server.url({ host: '0.0.0.0' })];
    for (const url of urls) await expect(checkMailbox(url)).rejects.toThrow(/self-signed certificate/);
    setDefaultCACertificates([server.certificate]);
    for (const url of urls) expect(await checkMailbox(url)).toEqual({ messages: 1, waiting: 1 });
  });

  it.each([
    ['a server that says nothing', () => {}, /: no answer within 1 seconds$/],
    [
      'a server that says nothing more after its greeting',
      (socket: Socket) => socket.write('* OK here\r\n'),
      /: no answer within 1 seconds$/,
    ],
    [
      'a server that talks without end',
      (socket: Socket) => {
        const talking = setInterval(() => socket.write('* OK and on\r\n'), 20);
        socket.on('close', () => clearInterval(talking));
      },
      /longer than 3 seconds/,
    ],
    ['a server that hangs up', (socket: Socket) => socket.destroy(), /./],
    ['another protocol', (socket: Socket) => socket.write('220 mail ESMTP\r\n'), /./],
  ])('%s is not waited for without end', async (_what, speak, words) => {
    const { port } = await startSpeaker(speak);
    const waits = { connectMs: 20_000, answerMs: 1_000, wholeMs: 3_000 };
    const asked = checkMailbox(server.url({ port }), null, waits);
    await expect(asked).rejects.toThrow(/^The mailbox at 127\.0\.0\.1:\d+ cannot be read: /);
    await expect(asked).rejects.toThrow(words);
  });

  it('R7: a process that is told to stop waits for no mailbox, and takes that for no fault', async () => {
    const { context, db } = await open();
    const stopping = new AbortController();
    const { port } = await startSpeaker((socket) => {
      socket.write('* OK here\r\n');
      socket.on('data', () => stopping.abort());
    });
    context.config.bounceImapUrl = server.url({ port });
    const waits = { connectMs: 600_000, answerMs: 600_000, wholeMs: 600_000 };
    expect(await readBounceMailbox(context, stopping.signal, waits)).toBeNull();
    expect(await readMailboxState(db)).toMatchObject({ failingSince: null });
  });

  it.each([
    ['without the right to mark', 'lrsi', [['\\Seen'], []]],
    ['that can only be looked at', 'lri', [[], []]],
  ])(
    'E6: a mailbox %s: each message is taken once, and an answer stays unseen',
    async (_what, rights, flags) => {
      const simple = await startImapServer({ rights });
      closers.push(simple.close);
      const { context, read, report, reasons, db } = await open();
      await simple.append(await report('gmail-disabled'), answer);
      context.config.bounceImapUrl = simple.url();
      expect(await read()).toEqual({ taken: 2, failed: 0 });
      expect(await read()).toEqual({ taken: 0, failed: 0 });
      expect(await reasons()).toEqual(['hard-bounce']);
      expect(await readReportCounts(db)).toEqual({ hard: 1, none: 1 });
      expect(await simple.flags()).toEqual(flags);
      expect((await readMailboxProgress(db))?.unmarked).toMatch(/no marks/);
    },
  );

  it('doctor signs in and reports faults', async () => {
    const { mail } = await open();
    await server.append(answer);
    const env = {
      ...(await serverVariables(mail.world.databaseUrl)),
      DATA_DIR: mail.world.context.config.dataDir,
      REGISTRIES: 'ctgov',
      CTGOV_URL: mail.world.recorded.url,
    };
    const good = await runProgram(['doctor'], { ...env, BOUNCE_IMAP_URL: server.url() });
    expect(good.stdout).toMatch(
      /^ok {4}The bounce mailbox at 127\.0\.0\.1:\d+ accepts the login: 1 messages, 1 not read yet\. It has never been read\.$/m,
    );
    const bad = await runProgram(['doctor'], { ...env, BOUNCE_IMAP_URL: server.url({ password: 'wrong' }) });
    expect(bad.stdout).toMatch(
      /^LOOK {2}The mailbox at 127\.0\.0\.1:\d+ cannot be read: .*Authentication failed.* Check BOUNCE_IMAP_URL\.$/m,
    );
    expect(bad.code).toBe(1);
    expect(bad.stdout).not.toMatch(/wrong|bell@/);
  });
});
