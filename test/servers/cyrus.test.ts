import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readMailboxProgress, readMailboxState } from '../../src/jobs/delivery/bounce-alarms.ts';
import { answer, testMailbox } from './mailbox.ts';

/** As many as Cyrus 3.6 has room for in a mailbox. */
const mostKeywords = 100;

testMailbox('cyrus', { keepsMarks: true }, (stage) => {
  it('E6: a message whose file is lost, of which it returns nothing, waits and is named', async () => {
    const { report, read, reasons, db } = await stage.open();
    await stage.mailbox.append(answer, await report('gmail-disabled'));
    const [uid] = await stage.mailbox.uids();
    const spool = join(stage.server.root, 'var/spool/cyrus/mail');
    const file = readdirSync(spool, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith(`/${uid}.`),
    );
    rmSync(join(spool, file ?? ''));
    expect(await read()).toEqual({ taken: 1, failed: 1 });
    expect(await read()).toEqual({ taken: 0, failed: 1 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect((await readMailboxState(db)).said).toMatch(new RegExp(`number ${uid} .*returns nothing for it`));
    await stage.mailbox.empty();
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    expect(await readMailboxState(db)).toMatchObject({ failingSince: null });
  });

  it('E6: with all keywords in use it refuses the mark: each message is taken once, none blocks another', async () => {
    const { context, report, read, reasons, db } = await stage.open();
    const mails = [await report('gmail-disabled'), ...Array(6).fill(answer)];
    await stage.use(async (client) => {
      await client.mailboxCreate('INBOX.full');
      for (const mail of mails) await client.append('INBOX.full', mail);
      await client.mailboxOpen('INBOX.full');
      for (let n = 0; n < mostKeywords; n += 1) await client.messageFlagsAdd('1', [`Label${n}`]);
    });
    context.config.bounceImapUrl = context.config.bounceImapUrl?.replace('/INBOX', '/INBOX.full') ?? null;
    expect(await read()).toEqual({ taken: 7, failed: 0 });
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect((await readMailboxProgress(db))?.unmarked).toMatch(/Too many user flags/);
  });
});
