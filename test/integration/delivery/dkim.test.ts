import { generateKeyPairSync } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { afterEach, describe, expect, it } from 'vitest';
import { settleDoubts } from '../../../src/jobs/sweep.ts';
import { dkimRecord } from '../../../src/mail/dkim.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const dkim = {
  domain: 'example.org',
  selector: 'bell2026',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};

async function openSigned(): Promise<void> {
  mail = await openMailWorld();
  mail.world.context.config.dkim = dkim;
  mail.world.context.config.mailFrom = 'Trialbell <bell@example.org>';
}

async function verdict(message: Buffer) {
  const resolver = async () => [[dkimRecord(dkim)]];
  const { results } = await dkimVerify(message, { resolver });
  return results.map(({ status, signingHeaders }) => [
    status.result,
    String(signingHeaders?.keys).toLowerCase().split(/: */),
  ]);
}

describe('a digest as the mail server receives it', () => {
  it('E2: verifies with mailauth, and the signature covers every header it has to', async () => {
    await openSigned();
    expect(await mail.send()).toBe('sent');
    expect(await verdict(mail.sink.mails[0]?.message ?? Buffer.alloc(0))).toEqual([
      [
        'pass',
        expect.arrayContaining([
          ...['from', 'to', 'subject', 'date', 'message-id', 'list-id'],
          ...['list-unsubscribe', 'list-unsubscribe-post', 'auto-submitted'],
        ]),
      ],
    ]);
  });

  it('E2: a mail in doubt goes out once more with the same bytes, its signature too', async () => {
    await openSigned();
    mail.sink.fail({ at: 'reply', how: 'drop', times: 1 });
    expect(await mail.send()).toBe('ambiguous');
    mail.wait(60);
    await settleDoubts(mail.world.context);
    expect(await mail.send()).toBe('sent');
    const [first, second] = mail.sink.mails.map(({ message }) => message);
    expect(first?.toString('latin1')).toMatch(/^DKIM-Signature: /);
    expect(second).toEqual(first);
  });
});
