import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readPause } from '../../../src/db/delivery/smtp-circuits.ts';
import { type Context, smtpCircuitOf } from '../../../src/jobs/context.ts';
import { checkAlarms } from '../../../src/jobs/ops/alarms.ts';
import { openSmtpMailer } from '../../../src/mail/smtp-mailer.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const people = (count: number) => Array.from({ length: count }, (_, n) => `reader${n}@example.net`);
const pauseOf = (context: Context) => readPause(context.db, smtpCircuitOf(context) ?? '');
const seconds = (count: number) => count / 60;

describe('R6: the breaker before a mail server', () => {
  it('R6, R7: opens after three failures in a row, probes once at a time, and costs no mail a try', async () => {
    mail = await openMailWorld({ people: people(6) });
    const { context } = mail.world;
    const other = mail.world.another();
    mail.sink.fail({ at: 'greeting', how: '554 no service' });
    for (const id of mail.ids.slice(0, 2)) await mail.send(id);
    expect(await pauseOf(context)).toBeNull();
    await mail.send(mail.ids[2], other);
    expect(await pauseOf(context)).toMatchObject({ reason: 'relay', times: 1 });
    for (const id of mail.ids.slice(3)) expect(await mail.send(id)).toBe('retry');
    expect(mail.sink.connections()).toBe(3);
    const waits: number[] = [];
    for (let probes = 0; probes < 6; probes += 1) {
      const pause = await pauseOf(context);
      const waitMs = Date.parse(pause?.until ?? '') - Date.parse(context.now());
      waits.push(waitMs / 1_000);
      mail.wait(waitMs / 60_000);
      await Promise.all([
        mail.send(mail.ids[3]),
        mail.send(mail.ids[4], other),
        mail.send(mail.ids[5], other),
      ]);
      expect(mail.sink.connections()).toBe(4 + probes);
    }
    expect(waits).toEqual([5, 10, 20, 30, 30, 30]);
    expect((await mail.ledger()).map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0, 0]);
    mail.sink.fail();
    mail.wait(seconds(30));
    const phases = [];
    for (const id of mail.ids) phases.push(await mail.send(id));
    expect(phases.every((phase) => phase === 'sent')).toBe(true);
    expect(await pauseOf(context)).toBeNull();
  });

  it('R6: a success in between ends the row', async () => {
    mail = await openMailWorld({ people: people(7) });
    for (const [n, fails] of [true, true, false, true, true, false].entries()) {
      mail.sink.fail(...(fails ? [{ at: 'ehlo', how: 'drop' } as const] : []));
      expect(await mail.send(mail.ids[n])).toBe(fails ? 'retry' : 'sent');
    }
    expect(await mail.send(mail.ids[6])).toBe('sent');
  });

  it('R6: a refused recipient or message opens none, however many', async () => {
    mail = await openMailWorld({ people: people(6) });
    for (const [n, at] of (['rcpt', 'rcpt', 'rcpt', 'dot', 'dot'] as const).entries()) {
      mail.sink.fail({ at, how: n % 2 === 0 ? '550 no' : '451 4.4.1 later' });
      await mail.send(mail.ids[n]);
    }
    mail.sink.fail();
    expect(await mail.send(mail.ids[5])).toBe('sent');
  });

  it('R9: an admin hears of a server that has been unavailable for ten minutes, and at once of one that refuses us in words', async () => {
    mail = await openMailWorld({ people: people(6) });
    const { context } = mail.world;
    mail.sink.fail({ at: 'greeting', how: 'drop' });
    for (const id of mail.ids.slice(0, 3)) await mail.send(id);
    expect(await checkAlarms(context)).toEqual([]);
    mail.wait(10);
    expect(await checkAlarms(context)).toEqual(['mail-server-away']);
    mail.sink.fail();
    await mail.send(mail.ids[3]);
    expect(await checkAlarms(context)).toEqual([]);
    mail.sink.fail({ at: 'ehlo', how: '554 5.7.1 who are you' });
    for (const id of [0, 1, 2].map((n) => mail.ids[n])) await mail.send(id);
    expect(await checkAlarms(context)).toEqual(['mail-server-away']);
  });
});

describe('one connection for many mails', () => {
  const patience = { connectMs: 5_000, greetingMs: 500, commandMs: 500, replyMs: 500 };

  it('carries them one after another, and a new one is opened after a refusal or a break', async () => {
    mail = await openMailWorld({ people: people(8) });
    const mailer = openSmtpMailer(mail.sink.url, { timeouts: patience });
    const context = mail.world.another({ mailer });
    const send = (n: number) => mail.send(mail.ids[n], context);
    for (const n of [0, 1, 2]) expect(await send(n)).toBe('sent');
    expect(mail.sink.connections()).toBe(1);
    mail.sink.fail({ at: 'rcpt', how: '550 no', times: 1 });
    expect(await send(3)).toBe('failed');
    expect(await send(4)).toBe('sent');
    expect(mail.sink.connections()).toBe(2);
    // Gone while nobody used it: the mail goes out over a new one, with no try lost.
    mail.sink.fail({ at: 'mail', how: '421 4.4.2 idle for too long', times: 1 });
    expect(await send(5)).toBe('sent');
    expect(mail.sink.connections()).toBe(3);
    mail.sink.fail({ at: 'dot', how: 'drop', times: 1 });
    expect(await send(6)).toBe('ambiguous');
    expect(await send(7)).toBe('sent');
    expect(mail.sink.connections()).toBe(4);
    expect(mail.sink.mails.map(({ to }) => to[0])).toEqual([0, 1, 2, 4, 5, 7].map((n) => people(8)[n]));
    mailer.close();
  });

  it('E5: ends where the ledger refuses, before the first byte', async () => {
    mail = await openMailWorld({ people: people(2) });
    const mailer = openSmtpMailer(mail.sink.url, { timeouts: patience });
    const context = mail.world.another({ mailer });
    expect(await mail.send(mail.ids[0], context)).toBe('sent');
    const envelope = { from: 'a@example.org', to: 'b@example.net', message: Buffer.from('x\r\n') };
    const outcome = await mailer.send({ ...envelope, beforeBody: async () => false });
    expect(outcome).toEqual({ phase: 'refused-by-ledger' });
    expect(await mail.send(mail.ids[1], context)).toBe('sent');
    expect(mail.sink.connections()).toBe(2);
    mailer.close();
  });

  it('is given up by the server between two mails without harm', async () => {
    mail = await openMailWorld({ people: people(1) });
    let served = 0;
    const server = createServer((socket) => {
      served += 1;
      socket.write('220 x\r\n');
      let body = false;
      socket.on('error', () => {});
      socket.on('data', (data) => {
        const text = data.toString();
        if (body && !text.endsWith('\r\n.\r\n')) return;
        if (body) socket.end('250 taken\r\n');
        else if (text.startsWith('DATA')) socket.write('354 go\r\n');
        else socket.write('250 ok\r\n');
        body = !body && text.startsWith('DATA');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const mailer = openSmtpMailer(`smtp://127.0.0.1:${port}`, { timeouts: patience });
    const envelope = {
      from: 'a@example.org',
      to: 'b@example.net',
      message: Buffer.from('Subject: x\r\n\r\nx\r\n'),
    };
    for (let n = 0; n < 3; n += 1)
      expect(await mailer.send({ ...envelope, beforeBody: async () => true })).toMatchObject({
        phase: 'sent',
      });
    expect(served).toBe(3);
    mailer.close();
    server.close();
  });
});
