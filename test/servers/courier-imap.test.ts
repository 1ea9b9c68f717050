import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readMailboxProgress, readMailboxState } from '../../src/jobs/delivery/bounce-alarms.ts';
import { answer, testMailbox } from './mailbox.ts';

testMailbox('courier-imap', { keepsMarks: true }, (stage) => {
  it('E6: a message that it cannot open, for which it hands out a text of its own, waits', async () => {
    const { report, read, reasons, db } = await stage.open();
    await stage.mailbox.append(answer);
    const folder = join(stage.server.root, 'home/bell/Maildir/cur');
    const file = join(folder, readdirSync(folder).sort().at(-1) ?? '');
    chmodSync(file, 0);
    await stage.mailbox.append(await report('gmail-disabled'));
    expect(await read()).toEqual({ taken: 1, failed: 1 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect((await readMailboxState(db)).said).toMatch(/message unavailable/);
    chmodSync(file, 0o600);
    expect(await read()).toEqual({ taken: 1, failed: 0 });
    expect(await readMailboxState(db)).toMatchObject({ failingSince: null });
  });

  it('E6: without the right to mark it answers OK and keeps none: each message is taken once', async () => {
    const { report, read, reasons, db } = await stage.open();
    await stage.mailbox.append(await report('gmail-disabled'), answer);
    // As its owner may do, and an administrator for somebody else.
    writeFileSync(
      join(stage.server.root, 'home/bell/Maildir/courierimapacl'),
      'owner aceilrstx\nadministrators aceilrstwx\n',
    );
    expect(await read()).toEqual({ taken: 2, failed: 0 });
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    expect(await reasons()).toEqual(['hard-bounce']);
    expect(await stage.mailbox.flags()).toEqual([['\\Seen'], []]);
    expect((await readMailboxProgress(db))?.unmarked).toMatch(/answered OK/);
  });
});
