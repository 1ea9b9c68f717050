import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { claimProbe } from '../../../src/db/delivery/circuit-probe.ts';
import { expireClaims } from '../../../src/db/delivery/deliveries.ts';
import { smtpCircuitOf } from '../../../src/jobs/context.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { checkAlarms } from '../../../src/jobs/ops/alarms.ts';
import { runRound } from '../../../src/jobs/round.ts';
import { settleDoubts, sweep } from '../../../src/jobs/sweep.ts';
import type { Payload } from '../../../src/queue/table.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { deliveriesOf } from '../../support/send-jobs.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const people = (count: number) => Array.from({ length: count }, (_, n) => `reader${n}@example.net`);
const policy = '550 5.7.1 you are on a list';

/** A context that records enqueued jobs. */
function listen() {
  const enqueued: number[] = [];
  const context = mail.world.another({
    enqueue: async (_name, payloads) => {
      for (const payload of [payloads].flat())
        if ('deliveryId' in payload) enqueued.push(...deliveriesOf([payload as Payload<'send'>]));
      return true;
    },
  });
  return { enqueued, context };
}

describe('R6, E6: a refusal for our standing', () => {
  for (const [stage, how, recipients] of [
    ['mail', '550 5.7.1 not from you', 1],
    ['mail', '550 5.1.8 sender unknown', 1],
    ['rcpt', '451 4.7.1 slow down', 2],
    ['dot', '550-5.7.26 unauthenticated\r\n550 5.7.26 mail', 2],
  ] as const) {
    it(`E6, B5: ${how.slice(0, 9)} at ${stage} of ${recipients} pauses sending for all processes; nothing has failed, no try of the last is lost`, async () => {
      mail = await openMailWorld({ people: people(4) });
      const { context } = mail.world;
      context.config.adminEmails.push('admin@example.org');
      mail.sink.fail({ at: stage, how });
      for (const id of mail.ids.slice(0, recipients)) expect(await mail.send(id)).toBe('retry');
      const other = mail.world.another();
      for (const id of mail.ids) expect(await mail.send(id, other)).not.toBe('sent');
      expect(mail.sink.connections()).toBe(recipients);
      const rows = (await mail.ledger()).filter(({ kind }) => kind === 'digest');
      expect(rows.map(({ phase, attempts }) => [phase, attempts])).toEqual([
        ...(recipients === 2 ? [['retry', 1]] : []),
        ['retry', 0],
        ...new Array(4 - recipients).fill(['planned', 0]),
      ]);
      // The alarms are planned at once; they wait with the rest.
      expect((await mail.ledger()).filter(({ kind }) => kind === 'alert')).toHaveLength(recipients);
      expect(await checkAlarms(context)).toEqual(['mail-paused']);
      expect(await context.db.selectFrom('suppressions').selectAll().execute()).toEqual([]);
    });
  }

  it('R5: a mail that waits for the pause to end is due for a sender whose clock is a minute behind, too', async () => {
    mail = await openMailWorld({ people: people(2) });
    mail.sink.fail({ at: 'mail', how: '550 5.7.1 not from you' });
    expect(await mail.send(mail.ids[0])).toBe('retry');
    mail.wait(-1);
    expect(await mail.send(mail.ids[1])).toBe('retry');
  });

  it('B5: one mailbox’s refusal pauses nobody; the first alarms, with the provider’s own page', async () => {
    mail = await openMailWorld({ people: people(3) });
    const { context } = mail.world;
    context.config.adminEmails.push('admin@example.org');
    const how =
      '550 5.7.1 <reader0@example.net>: 192.0.2.1 is blocked, see https://postmaster.example.net/b?ip=192.0.2.1.';
    mail.sink.fail({ at: 'rcpt', how, times: 3 });
    for (let n = 0; n < 3; n += 1) {
      expect(await mail.send(mail.ids[0])).toBe('retry');
      mail.wait(120);
    }
    const alerts = (await mail.ledger()).filter(({ kind }) => kind === 'alert');
    expect(alerts).toHaveLength(1);
    expect(await mail.send(alerts[0]?.id)).toBe('sent');
    const said = mail.sink.mails[0]?.message.toString().replace(/=\r\n/g, '') ?? '';
    expect(said).toMatch(/Subject: .*an email was refused for who we are/);
    expect(said).toContain('See: https://postmaster.example.net/b?ip=3D192.0.2.1');
    expect(said).not.toContain('reader0@');
    expect(await checkAlarms(context)).not.toContain('mail-paused');
    expect(await mail.send(mail.ids[1])).toBe('sent');
  });

  it('B5: greylisting of everybody, and words inside addresses, pause nobody and alarm nobody', async () => {
    mail = await openMailWorld({
      people: ['spam@example.net', 'blocked@example.net', 'junkmail@example.net'],
    });
    const { context } = mail.world;
    context.config.adminEmails.push('admin@example.org');
    for (const [n, name] of ['spam', 'blocked', 'junkmail'].entries()) {
      const how =
        n === 0 ? '450 4.7.1 greylisted, come back later' : `450 <${name}@example.net>: come back later`;
      mail.sink.fail({ at: 'rcpt', how: how as `4${string}`, times: 1 });
      expect(await mail.send(mail.ids[n])).toBe('retry');
    }
    expect((await mail.ledger()).filter(({ kind }) => kind === 'alert')).toEqual([]);
    mail.wait(10);
    for (const id of mail.ids) expect(await mail.send(id)).toBe('sent');
  });

  it('E6: one other delivery probes after 15 minutes, then after longer; a success lifts the pause', async () => {
    mail = await openMailWorld({ people: people(3) });
    mail.sink.fail({ at: 'mail', how: policy });
    await mail.send(mail.ids[0]);
    mail.wait(14);
    expect(await mail.send(mail.ids[1])).toBe('retry');
    expect(mail.sink.connections()).toBe(1);
    mail.wait(1);
    // The one that was refused stands behind the others.
    expect(await mail.send(mail.ids[0])).toBeNull();
    const two = mail.world.another();
    await Promise.all([mail.send(mail.ids[1]), mail.send(mail.ids[2], two)]);
    expect(mail.sink.connections()).toBe(2);
    mail.wait(29);
    await mail.send(mail.ids[2]);
    expect(mail.sink.connections()).toBe(2);
    mail.wait(2);
    mail.sink.fail();
    const { enqueued, context } = listen();
    await sweep(context);
    expect(enqueued).toHaveLength(1);
    expect(await mail.send(enqueued[0], context)).toBe('sent');
    // All waiting deliveries are enqueued at once.
    expect(enqueued.slice(1).sort()).toEqual(mail.ids.filter((id) => id !== enqueued[0]));
    for (const id of mail.ids.filter((id) => id !== enqueued[0])) expect(await mail.send(id)).toBe('sent');
    expect((await mail.ledger()).map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    expect(await checkAlarms(mail.world.context)).toEqual([]);
  });

  it('R6: a mail refused again after others went through slows nobody, and has failed in the end', async () => {
    mail = await openMailWorld({ people: people(2) });
    const { db } = mail.world.context;
    mail.sink.fail({ at: 'dot', how: '550 5.7.1 looks like spam', times: 1 });
    await mail.send(mail.ids[0]);
    mail.wait(15);
    expect(await mail.send(mail.ids[1])).toBe('sent');
    mail.sink.fail({ at: 'dot', how: '550 5.7.1 looks like spam' });
    for (let tries = 0; tries < 7; tries += 1) {
      mail.wait(2_000);
      expect(await mail.send(mail.ids[0])).toBe('retry');
      const circuit = await db.selectFrom('smtp_circuits').selectAll().executeTakeFirst();
      expect(circuit?.paused_until ?? null).toBeNull();
    }
    mail.wait(2_000);
    expect(await mail.send(mail.ids[0])).toBe('failed');
    expect(await db.selectFrom('suppressions').selectAll().execute()).toEqual([]);
  });

  /** How long the circuit is kept to its probe, in milliseconds. */
  async function probeLeft(): Promise<number> {
    const { rows } = await sql<{ ms: number }>`
      select extract(epoch from probe_until - clock_timestamp())::float * 1000 as ms from smtp_circuits`.execute(
      mail.world.context.db,
    );
    return rows[0]?.ms ?? 0;
  }

  it('R1: a probe that was killed leaves its place after some seconds, long before its delivery', async () => {
    mail = await openMailWorld({ people: people(3) });
    const { context } = mail.world;
    const { db } = context;
    mail.sink.fail({ at: 'mail', how: policy, times: 1 });
    await mail.send(mail.ids[0]);
    mail.wait(15);
    const how = { holder: 'killed', leaseMs: 120_000, now: context.now(), circuit: smtpCircuitOf(context) };
    expect((await claimProbe(db, mail.ids[2] ?? -1, how))?.claim).not.toBeNull();
    expect(await mail.send(mail.ids[1])).toBe('retry');
    expect(mail.sink.connections()).toBe(1);
    expect(await probeLeft()).toBeLessThanOrEqual(15_000);
    await sql`update smtp_circuits set probe_until = clock_timestamp() - interval '1 second'`.execute(db);
    expect(await mail.send(mail.ids[1])).toBe('sent');
    expect((await mail.row(mail.ids[2])).phase).toBe('claimed');
  });

  it('R6: a probe that lasts is the only one as long as its sender lives', async () => {
    mail = await openMailWorld({ people: people(3) });
    const patience = 60_000;
    const smtpTimeouts = {
      connectMs: patience,
      greetingMs: patience,
      commandMs: patience,
      replyMs: patience,
    };
    mail.sink.fail({ at: 'mail', how: policy, times: 1 });
    await mail.send(mail.ids[0]);
    mail.wait(15);
    mail.sink.fail({ at: 'rcpt', how: 'silence' });
    const stop = new AbortController();
    const probing = mail.send(mail.ids[1], mail.world.another({ smtpTimeouts }), stop.signal);
    await expect.poll(() => mail.sink.connections()).toBe(2);
    await sql`update smtp_circuits set probe_until = clock_timestamp() + interval '9 seconds'`.execute(
      mail.world.context.db,
    );
    await expect.poll(probeLeft).toBeGreaterThan(9_000);
    expect(await mail.send(mail.ids[2])).toBe('retry');
    expect(mail.sink.connections()).toBe(2);
    stop.abort();
    await probing;
  });

  it('a probe that is not wanted any more leaves its place to another', async () => {
    mail = await openMailWorld({ people: people(2) });
    const { db } = mail.world.context;
    mail.sink.fail({ at: 'mail', how: policy, times: 1 });
    await mail.send(mail.ids[0]);
    mail.wait(16);
    await sql`update subscriptions set state = 'ended' where subscriber_id = (
      select subscriber_id from deliveries where id = ${mail.ids[1]})`.execute(db);
    expect(await mail.send(mail.ids[1])).toBe('cancelled');
    expect(await mail.send(mail.ids[0])).toBe('sent');
  });

  it('is not waited for by another mail server, nor by the outbox', async () => {
    mail = await openMailWorld({ people: people(2) });
    mail.sink.fail({ at: 'mail', how: policy, times: 1 });
    await mail.send(mail.ids[0]);
    const { config } = mail.world.context;
    const elsewhere = mail.world.another({ config: { ...config, smtpUrl: `${mail.sink.url}/` } });
    expect(await mail.send(mail.ids[1], elsewhere)).toBe('sent');
  });

  it('a round counts waiting mails as deferred', async () => {
    mail = await openMailWorld({ people: people(9) });
    mail.sink.fail({ at: 'mail', how: policy });
    await mail.send(mail.ids[0]);
    mail.wait(5);
    const { result } = await runRound(mail.world.context, []);
    expect(result.digests).toMatchObject({ sent: 0, failed: 0, deferred: 8 });
  });
});

describe('a dead mailbox', () => {
  it('E6, B3: gets nothing more, whatever code stands beside its words; nothing else stops an address', async () => {
    const replies = [
      '550 5.1.1 unknown',
      '556 5.1.10 null MX',
      '550 5.2.1 off',
      '550 5.7.1 <reader3@example.net>: user unknown',
      '550 no',
      '550 5.7.1 no',
      '450 4.1.1 later',
    ];
    mail = await openMailWorld({ people: people(replies.length) });
    const { db } = mail.world.context;
    for (const [n, how] of replies.entries()) {
      await db.deleteFrom('smtp_circuits').execute();
      mail.sink.fail({ at: 'rcpt', how: how as `5${string}` });
      await mail.send(mail.ids[n]);
    }
    const { rows } = await sql<{ id: number; reason: string }>`select d.id, s.reason
      from suppressions s join subscribers p using (address_hash) join deliveries d on d.subscriber_id = p.id order by d.id`.execute(
      db,
    );
    expect(rows).toEqual([
      { id: mail.ids[0], reason: 'hard-bounce' },
      { id: mail.ids[1], reason: 'hard-bounce' },
      { id: mail.ids[2], reason: 'hard-bounce' },
      { id: mail.ids[3], reason: 'hard-bounce' },
    ]);
  });
});

describe('AMBIGUOUS_RETRY', () => {
  it('on: once more after 30 minutes; off: never, and an admin hears of it', async () => {
    mail = await openMailWorld();
    const { context } = mail.world;
    const off = mail.world.another({ config: { ...context.config, ambiguousRetry: false } });
    mail.sink.fail({ at: 'reply', how: 'drop', times: 1 });
    expect(await mail.send()).toBe('ambiguous');
    mail.wait(31);
    await settleDoubts(off);
    expect((await mail.row()).phase).toBe('ambiguous');
    expect(await checkAlarms(off)).toEqual(['mail-uncertain']);
    await settleDoubts(context);
    expect((await mail.row()).phase).toBe('retry');
  });
});

describe('bad input', () => {
  it('a row that cannot be read, or stands in no phase anyone works on, harms no other', async () => {
    mail = await openMailWorld({ people: people(4) });
    const { db } = mail.world.context;
    const [params, address, gone, good] = mail.ids;
    await sql`update deliveries set kind = 'confirmation', digest_id = null, params = '\\x00' where id = ${params}`.execute(
      db,
    );
    await sql`update subscriptions set state = 'pending' where subscriber_id = (select subscriber_id from deliveries where id = ${params})`.execute(
      db,
    );
    await sql`update subscribers set address = '\\x0102' where id = (select subscriber_id from deliveries where id = ${address})`.execute(
      db,
    );
    await sql`update deliveries set phase = 'body', lease_until = null where id = ${gone}`.execute(db);
    const context = mail.world.another();
    const asked = [params, address, gone, 987_654, good].map((id) => mail.send(id, context));
    expect(await Promise.all(asked)).toEqual(['retry', 'retry', null, null, 'sent']);
    expect((await mail.row(params)).reply).toMatch(/could not be made/);
    expect((await mail.row(address)).reply).toMatch(/could not be made/);
    expect(await expireClaims(db)).toMatchObject({ ambiguous: 1 });
    expect((await planDigests(context)).failed).toBe(0);
  });
});
