import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { settleDoubts } from '../../../src/jobs/sweep.ts';
import { type Gate, openGate } from '../../support/gate.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { type StudyParts, study } from '../../support/study.ts';

let mail: MailWorld;
let gate: Gate | null = null;
afterEach(async () => {
  await gate?.close();
  gate = null;
  await mail.close();
});

const dayMinutes = 24 * 60;
const suspended: StudyParts = {
  status: 'SUSPENDED',
  whyStopped: 'Drug supply',
  updatedOn: '2026-11-03',
};
const terminated: StudyParts = { status: 'TERMINATED', whyStopped: 'Sponsor decision' };

/** The next day's reading, and the digest it makes; the first one still waits. */
async function nextDigest(parts: StudyParts, day = 4): Promise<number> {
  mail.world.refresh(`2026-11-0${day}T09:00:04`, [
    study('NCT09900001', { ...suspended, ...parts, updatedOn: `2026-11-0${day}` }),
  ]);
  mail.wait(dayMinutes / 2);
  await mail.world.poll();
  mail.wait(dayMinutes / 2);
  const { deliveryIds } = await planDigests(mail.world.context);
  expect(deliveryIds).toHaveLength(1);
  return deliveryIds[0] ?? -1;
}

const text = (n: number) => mail.sink.mails[n]?.message.toString().replace(/=\r\n/g, '') ?? '';

describe('D1, L7: a digest that waited while a later one told newer news of the same', () => {
  it('D1: that was refused for our reputation, with its circuit, is not told any more', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'mail', how: '550 5.7.1 not from you', times: 1 });
    expect(await mail.send()).toBe('retry');
    const later = await nextDigest(terminated);
    expect(await mail.send(later)).toBe('sent');
    expect(text(0)).toContain('Sponsor decision');
    mail.wait(5);
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.mails).toHaveLength(1);
    mail.wait(dayMinutes);
    expect((await planDigests(mail.world.context)).deliveryIds).toEqual([]);
  });

  it('D1: is told in their order when it goes out before the later one', async () => {
    mail = await openMailWorld();
    const later = await nextDigest(terminated);
    expect(await mail.send()).toBe('sent');
    expect(await mail.send(later)).toBe('sent');
    expect(text(0)).toContain('Drug supply');
    expect(text(1)).toContain('Sponsor decision');
  });

  it('D1: keeps the changes that no other digest told', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'rcpt', how: '451 later', times: 1 });
    await mail.send();
    const later = await nextDigest({ completion: '2031-01-01' });
    expect(await mail.send(later)).toBe('sent');
    expect(await mail.send()).toBe('sent');
    expect(text(1)).toContain('Drug supply');
  });

  it('D1: loses the older value alone, and nothing of it is told again', async () => {
    mail = await openMailWorld();
    const both = await nextDigest({ ...terminated, completion: '2031-01-01' });
    mail.sink.fail({ at: 'rcpt', how: '451 later', times: 1 });
    await mail.send(both);
    expect(await mail.send()).toBe('sent');
    const newest = await nextDigest({ ...terminated, completion: '2032-02-02' }, 5);
    expect(await mail.send(newest)).toBe('sent');
    expect(text(1)).toContain('2032');
    expect(await mail.send(both)).toBe('sent');
    expect(text(2)).toContain('Sponsor decision');
    expect(text(2)).not.toContain('2031');
    mail.wait(dayMinutes);
    expect((await planDigests(mail.world.context)).deliveryIds).toEqual([]);
  });

  it('D1: tells a list that went on, for each of its changes is news of its own', async () => {
    mail = await openMailWorld({ wish: { trials: ['NCT09900001'], facets: ['status', 'conditions'] } });
    const { db } = mail.world.context;
    const first = await nextDigest({ conditions: ['Asthma', 'Eczema'] });
    mail.sink.fail({ at: 'rcpt', how: '451 later', times: 1 });
    await mail.send(first);
    const second = await nextDigest({ conditions: ['Asthma', 'Eczema', 'Rhinitis'] }, 5);
    expect(await mail.send(second)).toBe('sent');
    expect(await mail.send(first)).toBe('sent');
    expect(text(1)).toContain('Eczema');
    const { rows } = await sql<{ told: number }>`select count(*) as told from digest_items
      where digest_id is not null`.execute(db);
    expect(rows[0]?.told).toBe(3);
  });

  it('D1: does so even when it was made already: no byte of it goes out as it was', async () => {
    mail = await openMailWorld();
    gate = await openGate(mail.sink.port);
    const { port, waiting, open } = gate;
    const smtpTimeouts = { connectMs: 30_000, greetingMs: 30_000, commandMs: 30_000, replyMs: 30_000 };
    const { config } = mail.world.context;
    const slow = mail.world.another({
      config: { ...config, smtpUrl: `smtp://127.0.0.1:${port}` },
      smtpTimeouts,
    });
    const sending = mail.send(mail.ids[0], slow);
    await expect.poll(waiting).toBe(1);
    const later = await nextDigest(terminated);
    expect(await mail.send(later)).toBe('sent');
    open();
    expect(await sending).toBe('retry');
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.mails).toHaveLength(1);
  });

  it('R1: but a mail with unknown outcome is sent again unchanged, byte for byte', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'reply', how: 'drop', times: 1 });
    expect(await mail.send()).toBe('ambiguous');
    const later = await nextDigest(terminated);
    expect(await mail.send(later)).toBe('sent');
    await settleDoubts(mail.world.context);
    expect(await mail.send()).toBe('sent');
    expect(mail.sink.mails[2]?.message.equals(mail.sink.mails[0]?.message ?? Buffer.alloc(0))).toBe(true);
  });
});
