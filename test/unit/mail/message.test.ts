import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { buildMessage, listIdFor, type MessageParts, messageIdFor } from '../../../src/mail/message.ts';
import { renderSample, samples } from '../../support/mail-samples.ts';

const mail = renderSample('story');
const parts: MessageParts = {
  ...mail,
  to: 'reader@example.net',
  from: 'Trialbell <bell@example.org>',
  messageId: messageIdFor(4711, 'bell.example.org'),
  date: '2026-11-21T08:00:00.000Z',
};
const digestParts: MessageParts = {
  ...parts,
  listId: listIdFor('bell.example.org'),
  listUnsubscribe: { url: 'https://bell.example.org/unsubscribe/c3RvcC1pdA' },
};

async function headersOf(message: MessageParts): Promise<string> {
  const text = (await buildMessage(message)).toString();
  return text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
}

describe('a message on the wire', () => {
  it('the same values give the same bytes, another delivery others', async () => {
    expect(await buildMessage(digestParts)).toEqual(await buildMessage(digestParts));
    const other = { ...digestParts, messageId: messageIdFor(4712, 'bell.example.org') };
    expect((await buildMessage(other)).equals(await buildMessage(digestParts))).toBe(false);
  });

  it('E1: a deterministic Message-ID that names nobody', () => {
    expect(messageIdFor(4711, 'bell.example.org')).toBe(messageIdFor(4711, 'bell.example.org'));
    expect(messageIdFor(4711, 'bell.example.org')).toMatch(/^<[0-9a-f]{40}@bell\.example\.org>$/);
    expect(messageIdFor('4712', 'bell.example.org')).not.toBe(messageIdFor(4711, 'bell.example.org'));
  });

  it('E1: exactly one List-Unsubscribe and one List-Unsubscribe-Post on a digest, Auto-Submitted, a stable List-Id', async () => {
    const headers = await headersOf(digestParts);
    const lines = headers.split('\r\n');
    const named = (name: string) => lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));
    expect(named('list-unsubscribe')).toEqual([
      'List-Unsubscribe: <https://bell.example.org/unsubscribe/c3RvcC1pdA>',
    ]);
    expect(named('list-unsubscribe-post')).toEqual(['List-Unsubscribe-Post: List-Unsubscribe=One-Click']);
    expect(named('list-id')).toEqual(['List-ID: <digests.bell.example.org>']);
    expect(named('auto-submitted')).toEqual(['Auto-Submitted: auto-generated']);
    // Exchange sends no receipts and absence notes, but goes on reporting what it cannot deliver.
    expect(named('x-auto-response-suppress')).toEqual([
      'X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply',
    ]);
    expect(named('message-id')).toHaveLength(1);
    expect(named('date')).toEqual(['Date: Sat, 21 Nov 2026 08:00:00 +0000']);
    expect(named('feedback-id')).toEqual([]);
    expect(named('x-mailer')).toEqual([]);
  });

  it('E1: https first, mailto second', async () => {
    const both = { url: 'https://bell.example.org/unsubscribe/x', mailto: 'stop+x@bell.example.org' };
    expect(await headersOf({ ...digestParts, listUnsubscribe: both })).toContain(
      'List-Unsubscribe: <https://bell.example.org/unsubscribe/x>, <mailto:stop+x@bell.example.org>',
    );
  });

  it('L9: mails that are no subscription mails carry no list header', async () => {
    expect(await headersOf(parts)).not.toMatch(/^List-/im);
    expect(await headersOf({ ...parts, listId: '<digests.bell.example.org>' })).not.toMatch(/^List-/im);
  });

  it('D6: no header names a condition or a trial, and only To names the reader', async () => {
    const headers = await headersOf(digestParts);
    expect(headers).not.toMatch(/NCT\d|leuk|CAR-T/i);
    expect(headers.match(/reader/g)).toHaveLength(1);
  });

  it('comes out as it went in: subject, text and HTML, in both directions of encoding', async () => {
    for (const state of Object.keys(samples)) {
      const rendered = renderSample(state);
      const read = await PostalMime.parse(await buildMessage({ ...digestParts, ...rendered }));
      expect(read.subject).toBe(rendered.subject);
      expect(read.text?.replace(/\r\n/g, '\n').trim()).toBe(rendered.text.trim());
      expect(read.html?.replace(/\r\n/g, '\n').trim()).toBe(rendered.html.trim());
      expect(read.to).toEqual([{ address: 'reader@example.net', name: '' }]);
    }
  });

  it.each([
    ['Trialbell: News <bell@example.org>', 'Trialbell: News', 'bell@example.org'],
    ['"Trialbell: News, daily" <bell@example.org>', 'Trialbell: News, daily', 'bell@example.org'],
    ['Trialbell (Example Charity) <bell@example.org>', 'Trialbell (Example Charity)', 'bell@example.org'],
    ['The "Bell" <prvs=1=bell@example.org>', 'The "Bell"', 'prvs=1=bell@example.org'],
    ['Glocke für Studien <glocke@bücher.example>', 'Glocke für Studien', 'glocke@xn--bcher-kva.example'],
    ['bell@example.org', '', 'bell@example.org'],
    ['<bell@example.org>', '', 'bell@example.org'],
  ])('comes from one sender, as %s is configured', async (from, name, address) => {
    const message = await buildMessage({ ...parts, from });
    const read = await PostalMime.parse(message);
    expect(read.from).toEqual({ name, address });
    expect(message.toString('latin1')).toMatch(/^From: [ -~]+\r$/m);
  });

  it('lines on the wire end in CRLF and are short enough for every server', async () => {
    const message = (await buildMessage(digestParts)).toString('latin1');
    expect(message.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...message.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: seven bits is the point
    expect(message).toMatch(/^[\x00-\x7f]*$/);
  });

  it('no header has a letter outside ASCII, whatever the names and the subject', async () => {
    const headers = await headersOf({
      ...digestParts,
      subject: 'Ensayo de José Núñez: «señal» 试验',
      from: 'Łódź „Glöckchen“ <glocke@bücher.example>',
      to: 'zoe@xn--bcher-kva.example',
      listUnsubscribe: { url: 'https://bell.example.org/unsubscribe/x', mailto: 'bell+é@bücher.example' },
    });
    expect(headers).toMatch(/^[\r\n -~]*$/);
  });

  it('C16: a line break, in subject, address or link, starts no header', async () => {
    const evil = '\r\nBcc: victim@example.com\r\n\r\nbody';
    const read = await PostalMime.parse(
      await buildMessage({
        ...digestParts,
        subject: `hello${evil}`,
        from: `Bell${evil} <bell@example.org>`,
        listUnsubscribe: { url: `https://bell.example.org/u/${evil}` },
      }),
    );
    expect(read.bcc).toBeUndefined();
    expect(read.headers.filter(({ key }) => key === 'bcc')).toEqual([]);
    expect(read.subject).toBe('hello Bcc: victim@example.com body');
  });
});
