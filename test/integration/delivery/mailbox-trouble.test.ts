import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readReportCounts } from '../../../src/db/delivery/bounces.ts';
import { readMailboxProgress, readMailboxState } from '../../../src/jobs/delivery/bounce-alarms.ts';
import { runRound } from '../../../src/jobs/round.ts';
import { type BounceWorld, openBounceWorld } from '../../support/bounce-world.ts';
import { type ImapProxyOptions, openImapProxy } from '../../support/imap-proxy.ts';
import { type ImapServer, startImapServer } from '../../support/imap-server.ts';
import { runProgram, serverVariables } from '../../support/program.ts';
import { dovecotProgram } from '../../support/servers.ts';

const taken = '$TrialbellTaken';
const answer = 'From: ann@example.net\r\nTo: bell@example.org\r\n\r\nThank you for this.\r\n';

let server: ImapServer;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(people?: string[]): Promise<BounceWorld> {
  const world = await openBounceWorld(server, people);
  closers.push(() => world.mail.close());
  return world;
}

/** Lets the mailbox's server behave as another one does. */
async function behave({ context }: BounceWorld, options: ImapProxyOptions): Promise<void> {
  const proxy = await openImapProxy(server.port, options);
  closers.push(proxy.close);
  context.config.bounceImapUrl = server.url({ port: proxy.port });
}

/** Answers the first fetch of message N of the mailbox, each time, with these lines. */
function atFetch(isMeant: (uid: number) => boolean, lines: string): ImapProxyOptions {
  return {
    answer(command) {
      const uid = Number(/ UID FETCH (\d+) .*BODY\.PEEK/.exec(command)?.[1] ?? Number.NaN);
      return isMeant(uid) ? lines.replaceAll('UID N', `UID ${uid}`) : null;
    },
  };
}

async function doctor({ mail, context }: BounceWorld): Promise<string> {
  const env = {
    ...(await serverVariables(mail.world.databaseUrl)),
    DATA_DIR: context.config.dataDir,
    REGISTRIES: 'ctgov',
    CTGOV_URL: mail.world.recorded.url,
    BOUNCE_IMAP_URL: context.config.bounceImapUrl ?? '',
  };
  return (await runProgram(['doctor'], env)).stdout;
}

describe.skipIf(dovecotProgram === null)('a mailbox whose server misbehaves', () => {
  beforeAll(async () => {
    server = await startImapServer();
  });
  afterAll(() => server.close());

  it('E6: a damaged message ends the connection of Dovecot: those after it are taken, it is named, and alarms', async () => {
    const world = await open(['ann@example.net', 'bob@example.net']);
    const { mail, context, read, report, reasons, db } = world;
    await server.append(await report('gmail-disabled'));
    await server.append(answer);
    server.damage();
    await server.append(await report('yahoo-complaint', 1));
    expect(await read()).toEqual({ taken: 2, failed: 1 });
    expect(await reasons()).toEqual(['complaint', 'hard-bounce']);
    expect(await server.flags()).toEqual([[taken, '\\Seen'], [], [taken, '\\Seen']]);
    expect(await readMailboxState(db)).toMatchObject({
      failingSince: context.now(),
      said: expect.stringMatching(
        /^1 messages in it cannot be taken: number \d+ that came in at 20.+ \(.+\)/,
      ),
    });
    expect(await read()).toEqual({ taken: 0, failed: 1 });
    expect(await doctor(world)).toMatch(
      /^LOOK {2}It has not been read completely since .* number \d+ that came in/m,
    );
    mail.wait(60);
    await runRound(context, []);
    const alarms = () => db.selectFrom('alerts').select(['name', 'message']).execute();
    expect(await alarms()).toMatchObject([
      { name: 'bounces-unread', message: expect.stringMatching(/1 messages in it cannot be taken/) },
    ]);
    await server.empty();
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    await runRound(context, []);
    expect(await alarms()).toEqual([]);
    expect(await readReportCounts(db)).toEqual({ complaint: 1, hard: 1 });
  });

  it.each([
    [
      'Cyrus 3.6.1 returns nothing for a lost message',
      'TAG OK Completed (0.000 sec)\r\n',
      /returns nothing for it/,
    ],
    [
      'Courier 5.0.13 hands out a text of its own',
      '* 1 FETCH (UID N BODY[]<0> {129}\r\nFrom: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\nThis message is no longer available on the server.\r\n)\r\nTAG OK FETCH completed.\r\n',
      /message unavailable/,
    ],
    [
      'Dovecot 2.3.19 leaves',
      '* 1 FETCH (UID N)\r\n* BYE FETCH failed: Internal error occurred. Refer to server log for more information. [2026-11-30 00:18:07]\r\n ',
      /Internal error occurred/,
    ],
  ])('E6: %s: it waits and is named, and the next one is taken', async (_what, lines, words) => {
    const world = await open();
    const { read, report, reasons, db, context } = world;
    await server.append(answer, await report('gmail-disabled'));
    const [first] = await server.uids();
    await behave(
      world,
      atFetch((uid) => uid === first, lines),
    );
    expect(await read()).toEqual({ taken: 1, failed: 1 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect((await readMailboxState(db)).said).toMatch(words);
    // Repaired, it is taken, and all is well.
    context.config.bounceImapUrl = server.url();
    expect(await read()).toEqual({ taken: 1, failed: 0 });
    expect(await readMailboxState(db)).toMatchObject({ failingSince: null });
  });

  it('E6: GNU imap4d 3.15 answers for another message than the one that is gone: that is not taken for it', async () => {
    const world = await open();
    const { read, db } = world;
    await server.append(answer, answer);
    const [first, second] = await server.uids();
    await behave(world, {
      answer: (command) =>
        command.includes(` UID FETCH ${second} `) && !command.includes('FLAGS')
          ? `* 1 FETCH (UID ${first} RFC822.SIZE 40)\r\nTAG OK UID FETCH Completed\r\n`
          : null,
    });
    expect(await read()).toEqual({ taken: 1, failed: 0 });
    expect(await readReportCounts(db)).toEqual({ none: 1 });
  });

  it.each([
    ['Courier 5.0.13 answers OK to a mark and keeps none', 'TAG OK STORE completed.\r\n', 'it answered OK'],
    [
      'Cyrus 3.6.1 with 100 keywords in use refuses the mark',
      'TAG NO Too many user flags in mailbox\r\n',
      'Too many user flags in mailbox',
    ],
  ])('E6: %s: each message is taken once, none blocks another, doctor asks', async (_what, reply, words) => {
    const world = await open();
    const { read, report, reasons, db } = world;
    await server.append(...Array(6).fill(answer), await report('gmail-disabled'));
    await behave(world, { answer: (command) => (/ UID STORE /.test(command) ? reply : null) });
    expect(await read()).toEqual({ taken: 7, failed: 0 });
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect(await readReportCounts(db)).toEqual({ none: 6, hard: 1 });
    expect(await readMailboxState(db)).toMatchObject({ failingSince: null });
    expect(await doctor(world)).toMatch(
      new RegExp(`^ASK {3}Can the mailbox be given the right to keep marks\\? .*${words}`, 'm'),
    );
    // As soon as marks are stored again, the messages taken meanwhile are marked.
    world.context.config.bounceImapUrl = server.url();
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    expect(await server.flags()).toEqual([...Array(6).fill([taken]), [taken, '\\Seen']]);
    expect((await readMailboxProgress(db))?.unmarked).toBeNull();
  });

  it('E6: GNU imap4d keeps only its own marks: what somebody opened is taken, an answer stays unseen', async () => {
    const world = await open();
    const { read, report, reasons, db } = world;
    await server.append(await report('gmail-disabled'));
    await server.see();
    await server.append(answer);
    await behave(world, {
      rewrite: (text) =>
        text.replace(
          /\[PERMANENTFLAGS \([^)]*\)\]/,
          '[PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)]',
        ),
    });
    expect(await read()).toEqual({ taken: 2, failed: 0 });
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect(await readReportCounts(db)).toEqual({ hard: 1, none: 1 });
    expect(await server.flags()).toEqual([['\\Seen'], []]);
  });

  it('E6: a slow server that makes progress is not a failure, and the next reading continues', async () => {
    const world = await open();
    const { read, context, db } = world;
    await server.append(answer, answer);
    const [, second] = await server.uids();
    await behave(
      world,
      atFetch((uid) => uid === second, '* OK still there\r\n'),
    );
    expect(await read(3_000)).toEqual({ taken: 1, failed: 0 });
    expect(await readMailboxState(db)).toMatchObject({ failingSince: null });
    context.config.bounceImapUrl = server.url();
    expect(await read()).toEqual({ taken: 1, failed: 0 });
    expect(await readReportCounts(db)).toEqual({ none: 2 });
  });

  it('R9: doctor says when workers, which wait longer, last got through', async () => {
    const world = await open();
    await world.read();
    world.context.config.bounceImapUrl = server.url({ port: 9 });
    expect(await doctor(world)).toMatch(
      /^LOOK {2}The mailbox at .* cannot be read: .+\. Workers, which wait longer, last read it at 20\S+\. Check BOUNCE_IMAP_URL\.$/m,
    );
  });

  it('E6: a mailbox that numbers its messages anew at each session is read once, by its marks', async () => {
    const world = await open();
    const { read, report, reasons, db } = world;
    await server.append(answer, await report('gmail-disabled'), answer);
    let session = 0;
    await behave(world, {
      rewrite: (text) =>
        text.replace(/\[UIDVALIDITY \d+\]/, () => {
          session += 1;
          return `[UIDVALIDITY ${session}]`;
        }),
    });
    expect(await read()).toEqual({ taken: 3, failed: 0 });
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    await server.append(answer);
    expect(await read()).toEqual({ taken: 1, failed: 0 });
    expect(session).toBe(3);
    expect(await reasons()).toEqual(['hard-bounce']);
    expect(await readReportCounts(db)).toEqual({ none: 3, hard: 1 });
  });

  it("R9: the words with which a server closes its door are the admin's to read", async () => {
    const { context, read, db } = await open();
    const door = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('* BYE Too many connections for bell@example.org\r\n');
    }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    closers.push(() => door.close());
    const address = door.address();
    context.config.bounceImapUrl = server.url({
      port: typeof address === 'object' && address ? address.port : 0,
    });
    expect(await read()).toBeNull();
    expect((await readMailboxState(db)).said).toMatch(/cannot be read: Too many connections for/);
    expect((await readMailboxState(db)).said).not.toContain('bell@');
  });
});
