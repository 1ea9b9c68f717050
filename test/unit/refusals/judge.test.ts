import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRefusal, type RefusalVerdict } from '../../../src/core/refusals/judge.ts';
import type { RefusalMeaning } from '../../../src/core/refusals/meanings.ts';
import { anyCharacter } from '../../support/any-character.ts';

const judge = (...texts: string[]) => judgeRefusal({ stage: 'rcpt', texts, statuses: [] });
const told = (text: string, ...statuses: string[]) => judgeRefusal({ stage: null, texts: [text], statuses });

describe('B1: words and the innermost answer before codes', () => {
  const cases: [reply: string, meaning: RefusalMeaning][] = [
    ['550 5.1.1 Your address is blocked, see our list', 'listed'],
    ['552 5.1.1 The mailbox is over quota', 'mailbox-full'],
    ['550 5.1.1 Message refused as spam', 'spam'],
    ['550 5.7.1 <ann@example.net>: user unknown', 'no-mailbox'],
    ['553 5.3.0 <ann@example.net>... The address does not exist', 'no-mailbox'],
    ['550 5.2.1 The user you write to is receiving mail at a rate that prevents more', 'mailbox-busy'],
    ['450 4.7.1 Greylisted, come back in five minutes', 'greylisted'],
    ['550 5.1.0 <bell@example.org> sender rejected', 'sender-refused'],
    ['550 Message size exceeds the limit', 'too-large'],
    ['550 5.4.5 Daily sending quota exceeded', 'too-fast'],
    ['550 5.7.1 relaying denied', 'not-relayed'],
    ['553 http://www.spamhaus.org/query/bl?ip=192.0.2.1', 'listed'],
    ['550 5.1.10 refused', 'no-mail-domain'],
    ['550 5.2.1 refused', 'mailbox-closed'],
    ['550 5.7.99 refused', 'not-allowed'],
    ['550 refused', 'refused'],
    ['521 refused', 'refused'],
    ['554 refused', 'failed'],
    // A relay puts its own words in front.
    [
      "5.1.0 - Unknown address error 550-'5.2.2 <ann@example.net> full' (delivery attempts: 0)",
      'mailbox-full',
    ],
    [
      '550-5.1.1 The account that you tried\n550-5.1.1 to reach does not exist.\n550 5.1.1 see our pages',
      'no-mailbox',
    ],
    [
      '550-Your message was turned away\n550-for its missing proof of origin\n550 5.7.26 no',
      'unauthenticated',
    ],
    ['550 5.1.1 el buzón no existe', 'no-mailbox'],
    ['550 5.5.0 Boîte pleine', 'mailbox-full'],
    ['550 Postfach unbekannt', 'no-mailbox'],
  ];

  it.each(cases)('%s means %s', (reply, meaning) => {
    expect(judge(reply).meaning).toBe(meaning);
  });

  it('the most trusted text comes first, then the others', () => {
    expect(judge('550 refused', '550 5.1.1 User unknown').meaning).toBe('no-mailbox');
    expect(judge('550 5.7.1 as spam', '550 5.1.1 User unknown').meaning).toBe('spam');
  });

  it('a status that the relay chose is no proof of a dead mailbox', () => {
    expect(told('550 refused', '5.1.1')).toMatchObject({ kind: 'soft', limit: 'three' });
    expect(told('', '5.1.1')).toMatchObject({ kind: 'hard', limit: 'at-once' });
    expect(told('550 5.1.1 refused', '5.0.0')).toMatchObject({ kind: 'hard', limit: 'at-once' });
  });

  it('words inside an address, a domain or a link are no words, and codes no codes', () => {
    const word = fc.constantFrom(
      'spam',
      'spf',
      'blocked',
      'junkmail',
      'quota',
      'over-quota',
      '550-5.7.1',
      'dnsbl',
    );
    const place = fc.constantFrom<(word: string) => string>(
      (w) => `<${w}@example.net>`,
      (w) => `${w}@example.net`,
      (w) => `<${w}>`,
      (w) => `"${w} ${w}"@example.net`,
      (w) => `<ann@${w}.example.net>`,
      (w) => `mx1.${w}.example.net`,
      (w) => `https://help.example.net/${w}?x=${w}`,
    );
    const holds = (classify: (reply: string) => string) =>
      fc.assert(
        fc.property(word, place, fc.boolean(), (w, put, first) => {
          const [at, says] = [put(w), 'no such user'];
          expect(classify(first ? `550 ${at} ${says}` : `550 ${says} ${at}`)).toBe('no-mailbox');
        }),
      );
    holds((reply) => judge(reply).meaning);
    expect(() =>
      holds((reply) => (/spam|spf|block|junk|quota|5\.7|bl/.test(reply) ? 'listed' : 'no-mailbox')),
    ).toThrow('Property failed');
  });
});

describe('B2, B3: what stops mail to an address', () => {
  const living = [
    'mailbox full',
    'over quota',
    'try again later',
    'greylisted',
    'blocked using ~',
    'message too large',
  ];

  it('B2: nothing that a living mailbox may say does, whatever code stands beside it', () => {
    const codes = fc.constantFrom(
      '550 5.1.1',
      '550 5.1.2',
      '550 5.2.1',
      '553 5.1.3',
      '550',
      '521',
      '550 5.4.1',
    );
    const holds = (classify: (reply: string) => RefusalVerdict['limit']) =>
      fc.assert(
        fc.property(codes, fc.constantFrom(...living), (code, words) => {
          expect(['row', null]).toContain(classify(`${code} ${words}`));
        }),
      );
    holds((reply) => judge(reply).limit);
    expect(() => holds((reply) => (/5\.1\.\d/.test(reply) ? 'at-once' : 'row'))).toThrow('Property failed');
  });

  it.each([
    '550 5.4.1 Recipient address rejected: Access denied',
    '550 5.1.2 bad host',
    '550 5.2.1 disabled',
    '550 5.7.1 user unknown',
    '550 5.3.0 does not exist: this user does not exist',
    '550 5.1.10 null MX',
    '550 5.7.27 This host takes no mail',
    '521 no',
    '521 5.3.2 System not accepting network messages',
    '550 no',
    '550 Requested action not taken: mailbox unavailable',
    '550 5.1.1 no',
    '551 User not local',
    'Host or domain name not found. Name service error for name=nowhere.example type=AAAA: Host not found',
  ])('B3: “%s” stops it after at most three mails', (reply) => {
    expect(judge(reply).limit).toMatch(/^(?:at-once|three)$/);
  });

  it('a temporary refusal never stops it at once', () => {
    for (const reply of ['450 no such user', '450 4.1.1 user unknown', '550 4.1.1 unverified address'])
      expect(judge(reply).limit).not.toBe('at-once');
  });

  it('before RCPT no recipient is known, and after the message a bare refusal may be about it', () => {
    const at = (stage: 'mail' | 'data', text: string) => judgeRefusal({ stage, texts: [text], statuses: [] });
    expect(at('mail', '550 5.1.1 user unknown')).toMatchObject({ kind: 'policy', meaning: 'sender-refused' });
    expect(at('data', '550 no')).toMatchObject({ kind: 'soft', limit: 'row' });
    expect(at('data', '550 5.1.1 no such user')).toMatchObject({ kind: 'hard', limit: 'at-once' });
  });

  it('RFC 7505: 5.7.27 is about the sender’s domain, unless the words say otherwise', () => {
    expect(judge('550 5.7.27 refused').kind).toBe('policy');
  });
});

describe('the reason', () => {
  it('says in words what showed it', () => {
    expect(judge('550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown').reason).toBe(
      'There is no such mailbox: its words “user unknown”.',
    );
    expect(judge('550 5.1.1 no').reason).toBe(
      'There is no such mailbox: its code 5.1.1 (RFC 3463: bad destination mailbox address).',
    );
    expect(judge('550 no').reason).toBe(
      'The address was refused without a reason: its reply code 550 alone (RFC 5321: mailbox unavailable).',
    );
  });

  it('P1: holds nothing that names a person', () => {
    for (const reply of [
      '550 user ann.miller unknown',
      '550 5.1.1 unknown user: ann_miller',
      '550 ann.miller@x.example unknown',
    ])
      expect(judge(reply).reason).not.toMatch(/ann|miller/);
  });
});

it('C16: whatever the text, it ends and names its reason', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: anyCharacter, maxLength: 100 }), { maxLength: 3 }), (texts) => {
      const { reason } = judgeRefusal({ stage: null, texts, statuses: texts });
      expect(reason.length).toBeLessThan(300);
    }),
  );
  for (const text of ['user ', '550 5.1.1 ', '550-x\n', '<a', 'a@', 'a.', '~ … ', '(', 'quota exceed '])
    expect(judge(text.repeat(200_000)).reason).toMatch(/\.$/);
});
