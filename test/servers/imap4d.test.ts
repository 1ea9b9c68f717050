import { expect, it } from 'vitest';
import { readReportCounts } from '../../src/db/delivery/bounces.ts';
import { readMailboxProgress, writeMailboxProgress } from '../../src/jobs/delivery/bounce-alarms.ts';
import { answer, testMailbox } from './mailbox.ts';

testMailbox('imap4d', { keepsMarks: false }, (stage) => {
  it('E6: it answers for another message than the one that is gone: that one is neither taken nor marked', async () => {
    const { report, read, reasons, db } = await stage.open();
    await stage.mailbox.append(await report('gmail-disabled'), answer, answer);
    expect(await read()).toEqual({ taken: 3, failed: 0 });
    const [, between = 0, last = 0] = await stage.mailbox.uids();
    const gone = last + 1;
    await stage.use(async (client) => {
      const [other] = await client.fetchAll(String(gone), { uid: true, size: true }, { uid: true });
      expect(other?.uid).toBe(last);
      await client.messageDelete('2');
    });
    const progress = await readMailboxProgress(db);
    if (progress === null) throw new Error('nothing is remembered');
    const failed = [between, gone].map((uid) => ({ uid, tries: 1, cameAt: null, said: 'it was damaged' }));
    const toMark = [between, gone].map((uid) => ({ uid, flags: ['\\Seen'], tries: 0 }));
    await writeMailboxProgress(db, { ...progress, failed, toMark });
    expect(await read()).toEqual({ taken: 0, failed: 0 });
    expect(await stage.mailbox.flags()).toEqual([['\\Seen'], []]);
    expect(await reasons()).toEqual(['hard-bounce']);
    expect(await readReportCounts(db)).toEqual({ hard: 1, none: 2 });
  });
});
