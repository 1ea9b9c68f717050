import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import {
  beginBody,
  claimDelivery,
  expireClaims,
  markOutcome,
  markSent,
} from '../../../src/db/delivery/deliveries.ts';
import { selectDeliverable } from '../../../src/db/digests/digests.ts';
import { sweep } from '../../../src/jobs/sweep.ts';
import { readDigests } from '../../support/digest-contents.ts';
import { type Gate, openGate } from '../../support/gate.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';

let mail: MailWorld;
let gate: Gate | null = null;
afterEach(async () => {
  await gate?.close();
  gate = null;
  await mail.close();
});

/** Starts to send through a gate, and returns once the delivery is claimed and the server is waited for. */
async function sendUpToGate() {
  gate = await openGate(mail.sink.port);
  const { port, waiting } = gate;
  const config = { ...mail.world.context.config, smtpUrl: `smtp://127.0.0.1:${port}` };
  const smtpTimeouts = { connectMs: 30_000, greetingMs: 30_000, commandMs: 30_000, replyMs: 30_000 };
  const sending = mail.send(mail.ids[0], mail.world.another({ config, smtpTimeouts }));
  await expect.poll(waiting).toBe(1);
  expect((await mail.row()).phase).toBe('claimed');
  return { sending, open: gate.open };
}

const bytesWritten = () => mail.sink.events.some(({ event }) => event === 'first byte');

async function claim(holder: string, leaseMs = 60_000) {
  const { db, now } = mail.world.context;
  const claimed = await claimDelivery(db, mail.ids[0] ?? -1, { holder, leaseMs, now: now() });
  if (!claimed) throw new Error('not claimed');
  return { ...claimed, messageId: '<a@b>', now: now() };
}

const lapse = () =>
  sql`update deliveries set lease_until = clock_timestamp() - interval '1 second'`.execute(
    mail.world.context.db,
  );

describe('E5, L4: after an unsubscribe nothing reaches the server', () => {
  it('E5: of a digest that was planned', async () => {
    mail = await openMailWorld();
    await mail.end();
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.connections()).toBe(0);
    expect(await mail.send()).toBeNull();
  });

  it('E5, L4: of a digest that was claimed and whose conversation has begun', async () => {
    mail = await openMailWorld();
    const { sending, open } = await sendUpToGate();
    await mail.end();
    open();
    expect(await sending).toBe('retry');
    expect(bytesWritten()).toBe(false);
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.mails).toEqual([]);
  });

  it('E5: of a digest whose sender was killed while it took out unwanted items', async () => {
    mail = await openMailWorld();
    await mail.end();
    const { db } = mail.world.context;
    const { digest_id } = await db.selectFrom('deliveries').select('digest_id').executeTakeFirstOrThrow();
    await db.transaction().execute((tx) => selectDeliverable(tx, digest_id ?? -1));
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.connections()).toBe(0);
  });

  it('E5: of a confirmation when nothing waits for one any more', async () => {
    mail = await openMailWorld();
    await mail.world.subscribe('eve@example.net', { trials: ['NCT09900001'], consent: null });
    const id = (await mail.ledger()).find(({ kind }) => kind === 'confirmation')?.id ?? -1;
    await sql`delete from subscriptions where state = 'pending'`.execute(mail.world.context.db);
    expect(await mail.send(id)).toBe('cancelled');
    expect(mail.sink.connections()).toBe(0);
  });

  it('E6: a suppressed address gets nothing, even when it was suppressed after the claim', async () => {
    mail = await openMailWorld();
    const { sending, open } = await sendUpToGate();
    await sql`insert into suppressions select address_hash, 'complaint', now() from subscribers`.execute(
      mail.world.context.db,
    );
    open();
    expect(await sending).toBe('suppressed');
    expect(bytesWritten()).toBe(false);
  });

  it('P4: without a record of consent nothing is sent, and it is not tried for ever', async () => {
    mail = await openMailWorld();
    await sql`delete from consents`.execute(mail.world.context.db);
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.connections()).toBe(0);
  });
});

describe('a digest of two subscriptions, one of them ended', () => {
  it('is composed anew from what the other still wants (L7: that is told)', async () => {
    mail = await openMailWorld({
      wish: { trials: ['NCT09900001'], conditions: ['asthma'], frequency: 'daily' },
    });
    await mail.end('condition');
    expect(await mail.send()).toBe('sent');
    const text = mail.sink.mails[0]?.message.toString() ?? '';
    expect(text).toContain('NCT09900001');
    const [digest] = await readDigests(mail.world.context.db);
    expect(digest?.content.trials[0]?.reasons.map(({ kind }) => kind)).toEqual(['trial']);
  });

  it('L7: an item that only a paused subscription wants leaves it, and is told when that resumes', async () => {
    mail = await openMailWorld({ wish: { trials: ['NCT09900001'], conditions: ['asthma'] } });
    const { db } = mail.world.context;
    await mail.end('trial');
    await sql`update subscriptions set state = 'paused' where kind = 'condition'`.execute(db);
    expect(await mail.send()).toBe('cancelled');
    const due = '2026-11-09T09:00:00Z';
    await sql`update subscriptions set state = 'active', next_due_at = ${due} where kind = 'condition'`.execute(
      db,
    );
    await sql`update subscribers set next_due_at = ${due}`.execute(db);
    mail.world.setNow(due);
    const { result } = await mail.world.round();
    expect(result.digests).toMatchObject({ planned: 1, sent: 1 });
    expect(mail.sink.mails).toHaveLength(1);
  });
});

describe('leases and fences', () => {
  it('a lease that runs out in claimed is planned again, in body it is ambiguous', async () => {
    mail = await openMailWorld();
    const { db } = mail.world.context;
    await claim('a');
    await lapse();
    expect(await expireClaims(db)).toEqual({ replanned: 1, ambiguous: 0 });
    expect(await mail.row()).toMatchObject({ phase: 'planned', fence: 1 });
    const second = await claim('b');
    expect(await beginBody(db, second)).toBe(true);
    await lapse();
    expect(await expireClaims(db)).toEqual({ replanned: 0, ambiguous: 1 });
    expect(await mail.row()).toMatchObject({ phase: 'ambiguous', was_ambiguous: true, fence: 2 });
  });

  it('nobody begins a body with a lease that ran out, or after being overtaken', async () => {
    mail = await openMailWorld();
    const { db } = mail.world.context;
    const first = await claim('a');
    await lapse();
    expect(await beginBody(db, first)).toBe(false);
    await expireClaims(db);
    const second = await claim('b');
    expect(await beginBody(db, first)).toBe(false);
    expect(await markSent(db, first, '250 ok', first.now)).toBe(false);
    expect(await markOutcome(db, first, { phase: 'failed', reply: '550', now: first.now })).toBe(false);
    expect(await mail.row()).toMatchObject({ phase: 'claimed', fence: 2 });
    expect(await beginBody(db, second)).toBe(true);
  });

  it('a holder who wakes up late may turn its ambiguous delivery into sent, until a retry began', async () => {
    mail = await openMailWorld();
    const { db } = mail.world.context;
    const late = await claim('a');
    await beginBody(db, late);
    await lapse();
    await expireClaims(db);
    expect(await markOutcome(db, late, { phase: 'retry', reply: 'lost', now: late.now })).toBe(false);
    mail.wait(31);
    await sweep(mail.world.context);
    expect((await mail.row()).phase).toBe('retry');
    const retry = await claim('b');
    expect(await markSent(db, late, '250 mine', late.now)).toBe(false);
    await beginBody(db, retry);
    await lapse();
    await expireClaims(db);
    expect(await markSent(db, late, '250 mine', late.now)).toBe(false);
    expect(await markSent(db, retry, '250 mine', late.now)).toBe(true);
    expect(await mail.row()).toMatchObject({ phase: 'sent', was_ambiguous: true });
  });

  it('a sender that stops in body again and again leaves a delivery that is tried again each time', async () => {
    mail = await openMailWorld();
    const { db } = mail.world.context;
    for (const holder of ['a', 'b', 'c']) {
      await beginBody(db, await claim(holder));
      await lapse();
      await sweep(mail.world.context);
      expect((await mail.row()).phase).toBe('ambiguous');
      mail.wait(31);
      await sweep(mail.world.context);
    }
    expect(await mail.send()).toBe('sent');
  });

  it('a sender overtaken in mid-conversation sends no byte (R5)', async () => {
    mail = await openMailWorld();
    const { sending, open } = await sendUpToGate();
    await lapse();
    await sweep(mail.world.context);
    expect(await mail.send()).toBe('sent');
    open();
    expect(await sending).toBeNull();
    expect(mail.sink.mails).toHaveLength(1);
    expect((await mail.row()).phase).toBe('sent');
  });
});
