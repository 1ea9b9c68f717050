import { createHash, generateKeyPairSync } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import DKIM from 'nodemailer/lib/dkim';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/core/digests/digest.ts';
import { writeDigest } from '../../../src/mail/digest-forms.ts';
import type { DigestData } from '../../../src/mail/digest-view.ts';
import { type DkimKey, signMessage } from '../../../src/mail/dkim.ts';
import {
  buildMessage,
  type MessageParts,
  messageIdFor,
  type RenderedMail,
} from '../../../src/mail/message.ts';
import { encodeQuotedPrintable } from '../../../src/mail/quoted-printable.ts';
import { renderMail } from '../../../src/mail/render.ts';
import { openSharedBlocks } from '../../../src/mail/shared-blocks.ts';
import { context, digestData, renderSample, samples } from '../../support/mail-samples.ts';
import { makeCard, makeDigest } from '../../support/trial-samples.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
const dkim: DkimKey = {
  domain: 'example.org',
  selector: 'bell2026',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};
const signed = [
  ...['from', 'to', 'subject', 'date', 'message-id', 'list-id', 'list-unsubscribe', 'list-unsubscribe-post'],
  ...['auto-submitted', 'mime-version', 'content-type', 'content-transfer-encoding'],
];

type WholeParts = MessageParts & RenderedMail;

/** The whole message from the library, made for it alone. */
async function composeWhole(parts: WholeParts): Promise<Buffer> {
  const withBreaks = (text: string) => text.replace(/\r\n?|\n/g, '\r\n').replace(/(?<!\r\n)$/, '\r\n');
  const { listUnsubscribe: list, listId } = parts;
  const composer = new MailComposer({
    from: parts.from,
    to: { name: '', address: parts.to },
    subject: parts.subject,
    messageId: parts.messageId,
    date: new Date(parts.date),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply',
      ...(list ? { 'List-Unsubscribe': { prepared: true, value: `<${list.url}>` } } : {}),
      ...(list ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
      ...(list && listId ? { 'List-Id': listId } : {}),
    },
    text: withBreaks(parts.text),
    html: withBreaks(parts.html),
    encoding: 'quoted-printable',
    newline: 'win',
    baseBoundary: createHash('sha256').update(parts.messageId).digest('hex').slice(0, 32),
  });
  const message = await composer.compile().build();
  const { domain: domainName, selector: keySelector } = dkim;
  const options = {
    domainName,
    keySelector,
    privateKey: dkim.privateKey,
    headerFieldNames: signed.join(':'),
  };
  return parts.dkim ? buffer(new DKIM(options).sign(message)) : message;
}

const word = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.constantFrom(
    '=',
    '.',
    '..',
    '<a href="https://x.example/?a=1&b=2">',
    'é',
    '试验',
    '𝒳',
    '\t',
    '  ',
    '=3D',
    '🔔🔔',
  ),
  fc.stringMatching(/^[\w-]{20,90}$/),
);
const line = fc.array(word, { maxLength: 14 }).map((words) => words.join(' '));
const text = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 12 }), fc.constantFrom('', '\n', '\r\n', '\n\n'))
  .map(([lines, end]) => `a${lines.join(end || '\n')}${end}`.replace(/(?![\t\n\r])\p{Cc}/gu, ''));
const subject = fc
  .array(fc.constantFrom('3 trials', 'changed', 'Ensayo de José', '«señal»', '试验', 'x'.repeat(70)), {
    minLength: 1,
  })
  .map((words) => words.join(' '));
const address = fc.oneof(
  fc.stringMatching(/^[a-z][a-z\d]{0,20}(\.[a-z\d]{1,9})?@[a-z]{1,20}\.(example|org)$/),
  fc.constantFrom(
    'Zoe@xn--bcher-kva.example',
    `${'a'.repeat(60)}@${'b'.repeat(50)}.example`,
    "o'x@EXAMPLE.org",
  ),
);
const parts: fc.Arbitrary<WholeParts> = fc.record({
  subject,
  text,
  html: text,
  to: address,
  from: fc.constantFrom(
    'Trialbell <bell@example.org>',
    '"A, B" <bell@example.org>',
    'Glöckchen <bell@example.org>',
  ),
  messageId: fc
    .tuple(fc.integer({ min: 1, max: 1e9 }), fc.constantFrom('a.org', 'bell.with-a-long-name.example.org'))
    .map(([id, host]) => messageIdFor(id, host)),
  date: fc
    .date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
    .map((d) => d.toISOString()),
  dkim: fc.constantFrom(null, dkim),
  listId: fc.constant('<digests.bell.example.org>'),
  listUnsubscribe: fc
    .stringMatching(/^[\w.-]{1,80}$/)
    .map((token) => ({ url: `https://x.example/unsubscribe/${token}` })),
});

describe('a message that is put together from parts', () => {
  it('E1, E2: has the bytes of one that the library makes whole, and signs', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (one) => {
        expect((await buildMessage(one)).toString('latin1')).toBe(
          (await composeWhole(one)).toString('latin1'),
        );
      }),
    );
  });

  it('E1, E2: so has every sample, for several people one after another', async () => {
    for (const state of Object.keys(samples))
      for (const [n, to] of ['ann@example.net', 'bob.the-builder@d7.example'].entries()) {
        const one: WholeParts = {
          ...renderSample(state),
          to,
          from: 'Trialbell <bell@example.org>',
          messageId: messageIdFor(n, 'bell.example.org'),
          date: `2026-11-0${n + 1}T08:00:00.000Z`,
          dkim,
        };
        expect((await buildMessage(one)).toString('latin1')).toBe(
          (await composeWhole(one)).toString('latin1'),
        );
      }
  });

  it('E2: white space is signed as the library signs it', async () => {
    const bodies = fc.array(fc.constantFrom('a', ' ', '\t', '\r\n', '  ', '=20'), { maxLength: 30 });
    const { domain: domainName, selector: keySelector } = dkim;
    const options = {
      domainName,
      keySelector,
      privateKey: dkim.privateKey,
      headerFieldNames: signed.join(':'),
    };
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const message = `From:  a@example.org\r\nSubject: x\r\n\ty  z \r\nSubject: two\r\n\r\n${body.join('')}\r\n`;
        const whole = await buffer(new DKIM(options).sign(message));
        expect((await signMessage(message, dkim)).toString('latin1')).toBe(whole.toString('latin1'));
      }),
    );
  });
});

describe('a digest that is filled into forms', () => {
  const digests = Object.entries(samples).filter(([, { name }]) => name === 'digest');

  it('E1: has the bytes of one that is rendered whole, for every sample, reader and language', () => {
    const shared = openSharedBlocks();
    let filled = 0;
    for (const language of ['en', 'es'])
      for (const isPlain of [false, true])
        for (const reader of ['1.1.aaa', '20000.3.bbb'])
          for (const [state, { data, context: own = context }] of digests) {
            const digest = data as DigestData;
            const tokens = { digest: `9${reader}`, unsubscribe: reader, manage: `m${reader}` };
            const personal = { ...digest, tokens, isPlain };
            const how = { ...own, language, shared };
            const written = writeDigest(personal, how);
            if (written === null) continue;
            filled += 1;
            const { subject, text, html } = renderMail('digest', personal, { ...own, language });
            const encoded = { text: encodeQuotedPrintable(text), html: encodeQuotedPrintable(html) };
            expect([state, written]).toEqual([state, { subject, encoded }]);
          }
    // Discreet and very long ones, and those with private notes, are rendered whole.
    expect(filled).toBeGreaterThan(digests.length * 4);
  });

  it('E1: so has one with any reasons, trials and addresses', () => {
    const shared = openSharedBlocks();
    const card = fc.record({
      id: fc.constantFrom('NCT00000001', 'NCT00000002', 'NCT00000003'),
      title: fc.constantFrom('A trial', 'Étude <b>&amp;</b> "x"', 'A very long title '.repeat(8)),
      status: fc.constantFrom('RECRUITING', 'COMPLETED'),
      resultsPostedOn: fc.constantFrom(null, '2026-01-01'),
    });
    const reason = fc.record({
      subscriptionId: fc.integer({ min: 1, max: 10_000_000 }),
      kind: fc.constantFrom('trial', 'condition'),
      words: fc.oneof(
        fc.string({ maxLength: 140 }),
        fc.constantFrom('<i>lupus</i> & "co"', 'https://x.example/ y'),
      ),
      since: fc.constantFrom('2026-01-01T23:30:00.000Z', '2024-02-29T00:00:00.000Z'),
      match: fc.constantFrom({ by: 'trial' }, { by: 'phrase', words: 'lupus' }),
    }) as fc.Arbitrary<Reason>;
    const trial = fc.record({
      card: card.map((some) => makeCard(some as object)),
      reasons: fc.array(reason, { minLength: 1, maxLength: 5 }),
    });
    const someTrials = fc.uniqueArray(trial, { minLength: 1, maxLength: 3, selector: (one) => one.card.id });
    fc.assert(
      fc.property(
        someTrials,
        fc.constantFrom('en', 'es'),
        fc.constantFrom('https://bell.example.org', "https://a.example/it's&b"),
        fc.stringMatching(/^\d{1,9}\.\d\.[\w-]{43}$/),
        (trials, language, baseUrl, token) => {
          const tokens = { digest: token, unsubscribe: token, manage: token };
          const data = { ...digestData(makeDigest(trials)), tokens };
          const how = { ...context, language, baseUrl };
          const { subject, text, html } = renderMail('digest', data, how);
          const encoded = { text: encodeQuotedPrintable(text), html: encodeQuotedPrintable(html) };
          // What is shared depends on the host, so each has its own.
          const written = writeDigest(data, baseUrl === context.baseUrl ? { ...how, shared } : how);
          expect(written).toEqual({ subject, encoded });
        },
      ),
    );
  });
});
