import { generateKeyPairSync } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { describe, expect, it } from 'vitest';
import { type DkimKey, dkimRecord, signMessage } from '../../../src/mail/dkim.ts';
import { buildMessage, listIdFor, type MessageParts, messageIdFor } from '../../../src/mail/message.ts';
import { renderSample, samples } from '../../support/mail-samples.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const dkim: DkimKey = {
  domain: 'example.org',
  selector: 'bell2026',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};

function digest(state: string, parts: Partial<MessageParts> = {}): MessageParts {
  return {
    ...renderSample(state),
    to: 'reader@example.net',
    from: 'Trialbell <bell@example.org>',
    messageId: messageIdFor(4711, 'bell.example.org'),
    date: '2026-11-21T08:00:00.000Z',
    listId: listIdFor('bell.example.org'),
    listUnsubscribe: {
      url: `https://bell.example.org/unsubscribe/${'c3RvcC1pdA'.repeat(20)}`,
      mailto: 'stop@bell.example.org',
    },
    dkim,
    ...parts,
  };
}

/** What a receiver finds: mailauth's verdict on the one signature, with our record alone in the DNS. */
async function verify(message: Buffer): Promise<{ result: string; signed: string[] }> {
  const record = dkimRecord(dkim);
  const resolver = async (name: string, type: string) => {
    if (name === 'bell2026._domainkey.example.org' && type === 'TXT')
      return [[record.slice(0, 200), record.slice(200)]];
    throw Object.assign(new Error(`no ${type} of ${name}`), { code: 'ENOTFOUND' });
  };
  const { results } = await dkimVerify(message, { resolver });
  expect(results).toHaveLength(1);
  const [found] = results;
  return {
    result: String(found?.status.result),
    signed: String(found?.signingHeaders?.keys).toLowerCase().split(/: */),
  };
}

const covered = [
  ...['from', 'to', 'subject', 'date', 'message-id', 'list-id'],
  ...['list-unsubscribe', 'list-unsubscribe-post', 'auto-submitted'],
];

describe('E2: the signature', () => {
  it('E2: verifies with mailauth for every digest, and covers the required headers', async () => {
    for (const state of Object.keys(samples)) {
      const { result, signed } = await verify(await buildMessage(digest(state)));
      expect([state, result]).toEqual([state, 'pass']);
      expect(signed).toEqual(expect.arrayContaining(covered));
    }
  });

  it.each(covered)('E2: breaks when %s is changed on the way', async (name) => {
    const message = (await buildMessage(digest('story'))).toString('latin1');
    const line = new RegExp(`^(${name}:[ \\t]*)(.)`, 'im');
    expect(message).toMatch(line);
    const changed = message.replace(line, (_, start, letter) => `${start}${letter === 'x' ? 'y' : 'x'}`);
    expect((await verify(Buffer.from(changed, 'latin1'))).result).toBe('fail');
  });

  it('E2: breaks when a word of the mail is changed on the way', async () => {
    const message = (await buildMessage(digest('story'))).toString('latin1');
    const changed = message.replace(/(\r\n\r\n[\s\S]*)trial/, '$1tryal');
    expect(changed).not.toBe(message);
    expect((await verify(Buffer.from(changed, 'latin1'))).result).not.toBe('pass');
  });

  it('E2: mails that are no digests are signed too, without the headers they do not have', async () => {
    const { listId: _, listUnsubscribe: __, ...plain } = digest('story');
    const { result, signed } = await verify(await buildMessage(plain));
    expect(result).toBe('pass');
    expect(signed).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'date', 'message-id', 'auto-submitted']),
    );
    expect(signed.filter((name) => name.startsWith('list-'))).toEqual([]);
  });

  it('the same values give the same bytes, and nothing but the signature is added', async () => {
    const signed = await buildMessage(digest('story'));
    expect(await buildMessage(digest('story'))).toEqual(signed);
    const unsigned = await buildMessage(digest('story', { dkim: null }));
    const text = signed.toString('latin1');
    expect(text.endsWith(unsigned.toString('latin1'))).toBe(true);
    expect(text.slice(0, -unsigned.length)).toMatch(/^DKIM-Signature: [\s\S]*\r\n$/);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  it('D6: names no condition, trial or address', async () => {
    const text = (await buildMessage(digest('story'))).toString('latin1');
    const signature = text.slice(0, text.indexOf('\r\nFrom:'));
    expect(signature).toContain('d=example.org');
    expect(signature).not.toMatch(/reader|NCT\d|leuk/i);
  });

  it('D10: a key that signs nothing lets nothing go out unsigned', async () => {
    const { privateKey: other } = generateKeyPairSync('ed25519');
    const pem = other.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(
      signMessage('From: a@example.org\r\n\r\nx\r\n', { ...dkim, privateKey: pem }),
    ).rejects.toThrow('no signature could be made');
  });
});
