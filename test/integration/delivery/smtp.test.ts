import { afterEach, describe, expect, it } from 'vitest';
import { type Envelope, sendOverSmtp } from '../../../src/mail/smtp.ts';
import type { SmtpOutcome } from '../../../src/mail/smtp-reply.ts';
import { type SinkFault, type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

/** Long enough for a busy machine; short where silence is waited for. */
const patient = { connectMs: 10_000, greetingMs: 10_000, commandMs: 10_000, replyMs: 10_000 };
const impatient = { connectMs: 2_000, greetingMs: 300, commandMs: 300, replyMs: 300 };
const small = Buffer.from('Message-ID: <a@b>\r\nSubject: x\r\n\r\n.a dot\r\n..two\r\nend');
/** More than the buffers between two sockets hold: its end is certainly unwritten when the reader stops early. */
const large = Buffer.concat([small, Buffer.alloc(24_000_000, 'All work and no play\r\n')]);

let sink: SmtpSink | null = null;
afterEach(async () => {
  await sink?.close();
  sink = null;
});

type Told = { outcome: SmtpOutcome; asked: number; sink: SmtpSink };

async function send(
  fault: SinkFault | null,
  options: Partial<Envelope> & { extensions?: string[] } = {},
): Promise<Told> {
  sink = await startSmtpSink(options.extensions ? { extensions: options.extensions } : {});
  if (fault) sink.fail(fault);
  let asked = 0;
  const outcome = await sendOverSmtp(sink.url, {
    from: 'bell@example.org',
    to: 'reader@example.net',
    message: small,
    timeouts: fault?.how === 'silence' || fault?.how === 'stall' ? impatient : patient,
    ...options,
    beforeBody: async () => {
      asked += 1;
      return options.beforeBody ? options.beforeBody() : true;
    },
  });
  return { outcome, asked, sink };
}

describe('the SMTP conversation', () => {
  for (const extensions of [['8BITMIME'], ['PIPELINING', '8BITMIME']]) {
    describe(extensions[0] === 'PIPELINING' ? 'pipelined' : 'one by one', () => {
      it('hands over the message as it is, to one recipient, and asks the ledger once', async () => {
        const { outcome, asked, sink } = await send(null, { extensions });
        expect(outcome).toEqual({ phase: 'sent', reply: '250 2.0.0 queued as SINK1' });
        expect(asked).toBe(1);
        expect(sink.mails).toHaveLength(1);
        expect(sink.mails[0]).toMatchObject({
          from: 'bell@example.org',
          to: ['reader@example.net'],
          messageId: '<a@b>',
        });
        expect(sink.mails[0]?.message.toString().trimEnd()).toBe(small.toString());
      });

      it('asks the ledger after the server asked for the message and before its first byte', async () => {
        const order: string[] = [];
        const { sink } = await send(null, {
          extensions,
          beforeBody: async () => {
            order.push(...(sinkEvents() ?? []));
            return true;
          },
        });
        function sinkEvents() {
          return globalSink()?.events.map(({ event }) => event);
        }
        expect(order).toEqual(['greeting', 'ehlo', 'mail', 'rcpt', 'data']);
        expect(sink.events.map(({ event }) => event)).toContain('first byte');
      });

      it('sends no byte when the ledger refuses', async () => {
        const { outcome, sink } = await send(null, { extensions, beforeBody: async () => false });
        expect(outcome).toEqual({ phase: 'refused-by-ledger' });
        expect(sink.mails).toEqual([]);
        expect(sink.events.map(({ event }) => event)).not.toContain('first byte');
      });

      it('sends no byte when the ledger cannot be written, and hands on its error', async () => {
        await expect(
          send(null, { extensions, beforeBody: () => Promise.reject(new Error('database away')) }),
        ).rejects.toThrow('database away');
        expect(globalSink()?.mails).toEqual([]);
        expect(globalSink()?.events.map(({ event }) => event)).not.toContain('first byte');
      });

      for (const at of ['greeting', 'ehlo', 'mail', 'rcpt', 'data'] as const) {
        it(`R3: dropped or silent at ${at} is retry, and the ledger was not asked`, async () => {
          for (const how of ['drop', 'silence'] as const) {
            const { outcome, asked } = await send({ at, how }, { extensions });
            expect(outcome).toMatchObject({ phase: 'retry', class: 'relay', verdict: null });
            expect(asked).toBe(0);
            await sink?.close();
          }
        });

        it(`R3: 421 and 451 at ${at} are retry`, async () => {
          for (const reply of ['421 4.3.2 shutting down', '451 4.3.0 try later'] as const) {
            const { outcome, asked } = await send({ at, how: reply }, { extensions });
            expect(outcome).toMatchObject({
              phase: 'retry',
              reply: expect.stringContaining(reply.slice(0, 3)),
            });
            expect(asked).toBe(0);
            await sink?.close();
          }
        });

        it(`R3: 550 at ${at} is ${at === 'greeting' || at === 'ehlo' ? 'the relay’s fault: retry' : 'failed'}`, async () => {
          const { outcome } = await send({ at, how: '550 no' }, { extensions });
          const early = at === 'greeting' || at === 'ehlo';
          const fault = {
            greeting: 'relay',
            ehlo: 'relay',
            mail: 'sender',
            rcpt: 'recipient',
            // The server has not seen the message yet.
            data: 'recipient',
          }[at];
          // A server that refuses EHLO alone is spoken to with HELO.
          if (at === 'ehlo') expect(outcome.phase).not.toBe('failed');
          else expect(outcome).toMatchObject({ phase: early ? 'retry' : 'failed', class: fault, stage: at });
        });
      }

      it('R3: dropped in mid-body is retry when the dot was certainly not written', async () => {
        const { outcome, asked, sink } = await send(
          { at: 'body', how: 'drop', afterBytes: 60_000 },
          { extensions, message: large },
        );
        expect(outcome).toMatchObject({ phase: 'retry', stage: 'body' });
        expect(asked).toBe(1);
        expect(sink.mails).toEqual([]);
      });

      it('R3: a server that stops reading in mid-body is retry', async () => {
        const { outcome } = await send(
          { at: 'body', how: 'stall', afterBytes: 60_000 },
          { extensions, message: large },
        );
        expect(outcome).toMatchObject({ phase: 'retry', stage: 'body' });
      });

      it('R3: dropped after the dot is ambiguous, whether the server kept the mail or not', async () => {
        const kept = await send({ at: 'reply', how: 'drop' }, { extensions });
        expect(kept.outcome).toMatchObject({ phase: 'ambiguous' });
        expect(kept.sink.mails).toHaveLength(1);
        await sink?.close();
        const lost = await send({ at: 'dot', how: 'drop' }, { extensions });
        expect(lost.outcome).toMatchObject({ phase: 'ambiguous' });
        expect(lost.sink.mails).toEqual([]);
      });

      it('R3: silence after the dot is ambiguous', async () => {
        const { outcome } = await send({ at: 'reply', how: 'silence' }, { extensions });
        expect(outcome).toMatchObject({ phase: 'ambiguous' });
      });

      it('R3: a 421 or 451 after the dot is an answer: retry', async () => {
        for (const reply of ['421 4.3.2 closing', '451 4.7.1 greylisted'] as const) {
          const { outcome } = await send({ at: 'dot', how: reply }, { extensions });
          expect(outcome).toMatchObject({
            phase: 'retry',
            stage: 'reply',
            reply: expect.stringContaining(reply),
          });
          await sink?.close();
        }
      });

      it('R3: a 5xx after the dot is failed, by its class', async () => {
        const { outcome } = await send({ at: 'dot', how: '554 5.7.1 policy' }, { extensions });
        expect(outcome).toEqual({
          phase: 'failed',
          stage: 'reply',
          class: 'policy',
          reply: '554 5.7.1 policy',
          verdict: {
            kind: 'policy',
            limit: null,
            meaning: 'not-allowed',
            reason:
              'A rule of the receiving side forbids the email: its code 5.7.1 (RFC 3463: security or policy status).',
          },
        });
      });
    });
  }

  it('waits for the ledger’s answer even when the connection is lost meanwhile', async () => {
    let committed = false;
    const { outcome } = await send(null, {
      beforeBody: async () => {
        await globalSink()?.close();
        await new Promise((resolve) => setTimeout(resolve, 50));
        committed = true;
        return true;
      },
    });
    expect(committed).toBe(true);
    expect(outcome).toMatchObject({ phase: 'retry', stage: 'body' });
  });

  it('R7: told to stop, a conversation ends where it stands: no doubt but after the dot', async () => {
    for (const [fault, phase] of [
      [{ at: 'rcpt', how: 'silence' }, 'retry'],
      [{ at: 'reply', how: 'silence' }, 'ambiguous'],
    ] as const) {
      const stopping = new AbortController();
      sink = await startSmtpSink();
      sink.fail(fault);
      const sending = sendOverSmtp(sink.url, { ...envelope(), signal: stopping.signal });
      await expect.poll(() => sink?.events.some(({ event }) => event.startsWith('fault'))).toBe(true);
      stopping.abort();
      expect(await sending).toMatchObject({ phase });
      expect(await sendOverSmtp(sink.url, { ...envelope(), signal: stopping.signal })).toMatchObject({
        phase: 'retry',
      });
      await sink.close();
    }
  });

  it('nobody listening is retry, with the port in the reason', async () => {
    const { sink: gone } = await send(null);
    await gone.close();
    const outcome = await sendOverSmtp(gone.url, envelope());
    expect(outcome).toMatchObject({ phase: 'retry', stage: 'connect' });
    expect(outcome).toHaveProperty('reply', expect.stringContaining(String(gone.port)));
  });

  function globalSink(): SmtpSink | null {
    return sink;
  }

  function envelope(): Envelope {
    return {
      from: 'bell@example.org',
      to: 'reader@example.net',
      message: small,
      timeouts: patient,
      beforeBody: async () => true,
    };
  }
});
