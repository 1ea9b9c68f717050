import PostalMime from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import type { Phase } from '../../../src/db/schema.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { sweep } from '../../../src/jobs/sweep.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import type { SinkFault } from '../../support/smtp-sink.ts';

let mail: MailWorld;
afterEach(() => mail.close());

describe('a digest on its way', () => {
  it('E1: is sent with its headers, once, and the ledger keeps the server’s answer', async () => {
    mail = await openMailWorld();
    expect(await mail.send()).toBe('sent');
    expect(await mail.row()).toMatchObject({
      phase: 'sent',
      attempts: 1,
      reply: '250 2.0.0 queued as SINK1',
      message_id: mail.sink.mails[0]?.messageId,
    });
    const [sent] = mail.sink.mails;
    expect(sent).toMatchObject({ to: ['ann@example.net'], answered: true });
    const read = await PostalMime.parse(sent?.message ?? '');
    const header = (name: string) => read.headers.filter(({ key }) => key === name).map(({ value }) => value);
    expect(header('list-unsubscribe')).toEqual([
      expect.stringMatching(/^<https:\/\/bell\.example\.org\/unsubscribe\/[\w.-]+>$/),
    ]);
    expect(header('list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click']);
    expect(header('auto-submitted')).toEqual(['auto-generated']);
    expect(header('list-id')).toEqual(['<digests.bell.example.org>']);
    expect(read.text).toContain('Drug supply');
  });

  it.each([[['8BITMIME']], [['8BITMIME', 'SMTPUTF8']]])(
    'needs no SMTPUTF8 for domains and names with accents, whether or not the server offers it (%s)',
    async (extensions) => {
      mail = await openMailWorld({ people: ['Zoe@bücher.example'], extensions });
      const { config } = mail.world.context;
      config.mailFrom = 'Glöckchen für Studien <glocke@münchen.example>';
      config.bounceVerp = true;
      expect(await mail.send()).toBe('sent');
      const [sent] = mail.sink.mails;
      expect(sent?.from).toMatch(/^glocke\+[\da-f]+@xn--mnchen-3ya\.example$/);
      expect(sent?.to).toEqual(['Zoe@xn--bcher-kva.example']);
      const raw = sent?.message.toString('latin1') ?? '';
      expect(raw).toMatch(/^[\t\r\n -~]*$/);
      const read = await PostalMime.parse(sent?.message ?? '');
      expect(read.from).toEqual({ name: 'Glöckchen für Studien', address: 'glocke@xn--mnchen-3ya.example' });
      expect(read.to).toEqual([{ name: '', address: 'Zoe@xn--bcher-kva.example' }]);
    },
  );

  it('is sent no second time by a repeated job, and a job for a vanished row is no error', async () => {
    mail = await openMailWorld();
    await mail.send();
    expect(await mail.send()).toBeNull();
    expect(await mail.send(987_654)).toBeNull();
    expect(mail.sink.mails).toHaveLength(1);
  });

  it('R5: is sent once by four senders at once', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    const contexts = [mail.world.context, mail.world.another(), mail.world.another(), mail.world.another()];
    const phases = await Promise.all(
      contexts.flatMap((context) => mail.ids.map((id) => mail.send(id, context))),
    );
    expect(phases.filter((phase) => phase === 'sent')).toHaveLength(2);
    expect(mail.sink.mails.flatMap(({ to }) => to).sort()).toEqual(['ann@example.net', 'bob@example.net']);
  });

  it('R5: is sent at once by a sender whose clock is a minute behind that of its planner', async () => {
    mail = await openMailWorld();
    mail.wait(-1);
    expect(await mail.send()).toBe('sent');
  });

  it('L9: a confirmation mail carries no unsubscribe header', async () => {
    mail = await openMailWorld();
    await mail.world.subscribe('eve@example.net', { trials: ['NCT09900001'], consent: null });
    const id = (await mail.ledger()).find(({ kind }) => kind === 'confirmation')?.id ?? -1;
    expect(await mail.send(id)).toBe('sent');
    const read = await PostalMime.parse(mail.sink.mails[0]?.message ?? '');
    expect(read.to?.[0]?.address).toBe('eve@example.net');
    expect(read.headers.map(({ key }) => key).filter((key) => key.startsWith('list-'))).toEqual([]);
    expect(read.text).toContain('/confirm/');
    expect(read.text).not.toContain('NCT09900001');
  });
});

describe('R3: the ledger’s phase after each behaviour of a mail server', () => {
  const stages = ['greeting', 'ehlo', 'mail', 'rcpt', 'data', 'dot'] as const;
  /** Where the server took no mail at all: it is asked again soon, and the mail loses no try. */
  const takesNone = ({ at, how }: SinkFault) =>
    at === 'greeting' || at === 'ehlo' || (at === 'mail' && /^[45]/.test(how));
  const cases: [SinkFault, Phase][] = [
    ...stages.map((at): [SinkFault, Phase] => [{ at, how: '451 4.3.0 later' }, 'retry']),
    ...stages.map((at): [SinkFault, Phase] => [{ at, how: '421 4.3.2 closing' }, 'retry']),
    ...stages.slice(0, 5).map((at): [SinkFault, Phase] => [{ at, how: 'drop' }, 'retry']),
    ...stages.slice(0, 5).map((at): [SinkFault, Phase] => [{ at, how: 'silence' }, 'retry']),
    [{ at: 'greeting', how: '554 5.7.1 go away' }, 'retry'],
    [{ at: 'mail', how: '550 5.7.1 not from you' }, 'retry'],
    [{ at: 'rcpt', how: '550 5.1.1 unknown' }, 'failed'],
    [{ at: 'data', how: '554 5.6.0 no' }, 'failed'],
    [{ at: 'dot', how: '554 5.6.0 no' }, 'failed'],
    [{ at: 'dot', how: 'drop' }, 'ambiguous'],
    [{ at: 'dot', how: 'silence' }, 'ambiguous'],
    [{ at: 'reply', how: 'drop' }, 'ambiguous'],
    [{ at: 'reply', how: 'silence' }, 'ambiguous'],
  ];

  function dueAfter(fault: SinkFault): string {
    if (fault.at === 'mail' && fault.how.includes('5.7.1')) return '2026-11-04T09:16:00.000Z';
    return takesNone(fault) ? '2026-11-04T09:00:15.000Z' : '2026-11-04T09:05:00.000Z';
  }

  it('R3: each of them, at every stage', async () => {
    const people = cases.map((_, at) => `reader${at}@example.net`);
    mail = await openMailWorld({ people });
    for (const [at, [fault, phase]] of cases.entries()) {
      mail.sink.fail(fault);
      // Each case begins with a closed circuit.
      await mail.world.context.db.deleteFrom('smtp_circuits').execute();
      const id = mail.ids[at] ?? -1;
      expect([fault, await mail.send(id)]).toEqual([fault, phase]);
      expect(await mail.row(id)).toMatchObject({
        phase,
        attempts: takesNone(fault) ? 0 : 1,
        was_ambiguous: phase === 'ambiguous',
        due_at: phase === 'retry' ? dueAfter(fault) : '2026-11-04T09:00:00.000Z',
      });
    }
  });

  it('R3: another attempt sends the same bytes under the same Message-ID', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'reply', how: 'drop', times: 1 });
    expect(await mail.send()).toBe('ambiguous');
    mail.wait(29);
    await sweep(mail.world.context);
    expect((await mail.row()).phase).toBe('ambiguous');
    mail.wait(1);
    await sweep(mail.world.context);
    expect(await mail.send()).toBe('sent');
    const [first, second] = mail.sink.mails;
    expect(mail.sink.mails).toHaveLength(2);
    expect(second?.message.equals(first?.message ?? Buffer.alloc(0))).toBe(true);
    expect(await mail.row()).toMatchObject({ was_ambiguous: true, message_id: first?.messageId });
  });

  it('what stays uncertain after a second try is left so, and an admin hears of it', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'reply', how: 'drop' });
    await mail.send();
    mail.wait(30);
    await sweep(mail.world.context);
    expect(await mail.send()).toBe('ambiguous');
    mail.wait(60);
    expect(await sweep(mail.world.context)).toContain('mail-uncertain');
    expect(await mail.send()).toBeNull();
    expect(mail.sink.mails).toHaveLength(2);
  });

  it('R7: a stop ends a silent conversation: before the dot nothing is in doubt', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    const context = mail.world.another({
      smtpTimeouts: { connectMs: 60_000, greetingMs: 60_000, commandMs: 60_000, replyMs: 60_000 },
    });
    for (const [n, at] of (['rcpt', 'dot'] as const).entries()) {
      mail.sink.fail({ at, how: 'silence' });
      const stop = new AbortController();
      const sending = mail.send(mail.ids[n], context, stop.signal);
      await expect
        .poll(() => mail.sink.events.some(({ event }) => event === `fault ${at} silence`))
        .toBe(true);
      stop.abort();
      expect(await sending).toBe(at === 'rcpt' ? 'retry' : 'ambiguous');
    }
  });
});

describe('tries', () => {
  it('L5: are nine at most, each later than the one before, by the injected clock; then it has failed', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'rcpt', how: '450 4.2.1 mailbox busy' });
    const pauses: number[] = [];
    for (let tries = 1; tries <= 8; tries += 1) {
      expect(await mail.send()).toBe('retry');
      const { due_at } = await mail.row();
      mail.wait(-0.001);
      expect(await mail.send()).toBe(null);
      mail.wait(0.001);
      const minutes = (Date.parse(due_at) - Date.parse(mail.world.context.now())) / 60_000;
      pauses.push(minutes);
      mail.wait(minutes - 0.001);
      expect(await mail.send()).toBe(null);
      mail.wait(0.001);
    }
    expect(pauses).toEqual([5, 15, 60, 180, 360, 720, 1_440, 1_440]);
    expect(await mail.send()).toBe('failed');
    mail.wait(100_000);
    expect(await mail.send()).toBeNull();
    expect(mail.sink.connections()).toBe(9);
  });

  it('L5: a dead address is tried once', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'rcpt', how: '550 5.1.1 <ann@example.net> is unknown here' });
    expect(await mail.send()).toBe('failed');
    mail.wait(100_000);
    await sweep(mail.world.context);
    expect(await mail.send()).toBeNull();
    expect(mail.sink.connections()).toBe(1);
    expect((await mail.row()).reply).toBe('550 5.1.1 <[address]> is unknown here');
    // Its contents count as told and are not planned again.
    expect((await planDigests(mail.world.context)).deliveryIds).toEqual([]);
  });
});
