import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { type Envelope, sendOverSmtp } from '../../../src/mail/smtp.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

const timeouts = { connectMs: 2_000, greetingMs: 2_000, commandMs: 2_000, replyMs: 2_000 };
const small = Buffer.from('Message-ID: <a@b>\r\nSubject: x\r\n\r\nbody');

let sink: SmtpSink | null = null;
afterEach(async () => {
  await sink?.close();
  sink = null;
});

describe('before the mail is named: encryption, login, limits', () => {
  it('TLS is required unless the host is loopback: the ledger is not asked, no address is named', async () => {
    sink = await startSmtpSink();
    const outcome = await sendOverSmtp(`smtp://0.0.0.0:${sink.port}`, envelope());
    expect(outcome).toMatchObject({ phase: 'retry', stage: 'tls', class: 'relay' });
    expect(sink.events.map(({ event }) => event)).not.toContain('mail');
  });

  it('TLS: a certificate nobody vouches for is refused but on loopback, where it is used when offered', async () => {
    const secured: boolean[] = [];
    // Offers STARTTLS with a certificate of its own making.
    const server = new SMTPServer({
      authOptional: true,
      logger: false,
      onData: (stream, session, done) => {
        secured.push(session.secure);
        stream.on('end', () => done()).resume();
      },
    });
    server.on('error', () => {});
    const listening = server.listen(0, '0.0.0.0');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    try {
      expect(await sendOverSmtp(`smtp://127.0.0.1:${port}`, envelope())).toMatchObject({ phase: 'sent' });
      expect(secured).toEqual([true]);
      let asked = false;
      const stranger = {
        ...envelope(),
        beforeBody: async () => {
          asked = true;
          return true;
        },
      };
      expect(await sendOverSmtp(`smtp://0.0.0.0:${port}`, stranger)).toMatchObject({
        phase: 'retry',
        stage: 'tls',
        class: 'relay',
      });
      expect([asked, secured]).toEqual([false, [true]]);
    } finally {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  it('logs in with the URL’s user and password; a wrong password says nothing about the mail', async () => {
    sink = await startSmtpSink({ login: { user: 'bell@example.org', pass: 'p:w/d' } });
    const right = `smtp://bell%40example.org:p%3Aw%2Fd@127.0.0.1:${sink.port}`;
    expect(await sendOverSmtp(right, envelope())).toMatchObject({ phase: 'sent' });
    const wrong = `smtp://bell%40example.org:nope@127.0.0.1:${sink.port}`;
    expect(await sendOverSmtp(wrong, envelope())).toMatchObject({
      phase: 'retry',
      stage: 'auth',
      class: 'relay',
      reply: expect.stringContaining('535 5.7.8'),
      verdict: null,
    });
  });

  it('an invalid address, and a message above the server’s limit, fail without being sent', async () => {
    sink = await startSmtpSink();
    expect(await sendOverSmtp(sink.url, { ...envelope(), to: 'a>\r\nRCPT TO:<b@c' })).toMatchObject({
      phase: 'failed',
      class: 'recipient',
    });
    expect(sink.mails).toEqual([]);
    await sink.close();
    sink = await startSmtpSink({ extensions: ['SIZE 20'] });
    expect(await sendOverSmtp(sink.url, envelope())).toMatchObject({ phase: 'failed', class: 'message' });
    expect(sink.mails).toEqual([]);
  });

  function envelope(): Envelope {
    return {
      from: 'bell@example.org',
      to: 'reader@example.net',
      message: small,
      timeouts,
      beforeBody: async () => true,
    };
  }
});
