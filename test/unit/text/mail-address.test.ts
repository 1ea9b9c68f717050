import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foldAddress,
  formerSpellings,
  isMailAddress,
  mailedForm,
  normaliseAddress,
  suggestAddress,
} from '../../../src/core/text/mail-address.ts';
import { openKeys } from '../../../src/keys.ts';

const keys = openKeys('a key of the tests, forty characters long');

/** A local part, and a domain in Unicode with its ASCII form. */
const locals = fc.stringMatching(/^[a-z\d_=+'-]{1,12}(\.[a-z\d_=+'-]{1,12}){0,2}$/);
const domains = fc.constantFrom(
  ['example.net', 'example.net'],
  ['mail.example.org', 'mail.example.org'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['почта.бел', 'xn--80a1acny.xn--90ais'],
  ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
);
/** A text with letters in another case. */
const inAnyCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((capitals) => [...text].map((one, n) => (capitals[n] ? one.toUpperCase() : one)).join(''));

describe('B7: one mailbox', () => {
  const spelled = fc.tuple(locals, domains).chain(([local, [unicode, ascii]]) =>
    fc.record({
      common: fc.constant(`${local}@${ascii}`),
      local: inAnyCase(local),
      domain: fc.oneof(inAnyCase(unicode), inAnyCase(ascii)),
    }),
  );

  it('B7: in any case, with its domain in Unicode or ASCII, has one hash, and mail goes to it as typed', () => {
    fc.assert(
      fc.property(spelled, ({ common, local, domain }) => {
        const typed = `${local}@${domain}`;
        expect(isMailAddress(typed)).toBe(true);
        expect(normaliseAddress(` ${typed} `)).toBe(common);
        expect(keys.hashAddress(typed)).toEqual(keys.hashAddress(common));
        expect(keys.hashDomain(typed)).toEqual(keys.hashDomain(common));
        expect(keys.hashSpellings(typed)[0]).toEqual(keys.hashAddress(common));
        const mailed = mailedForm(typed);
        expect(mailed.slice(0, local.length + 1)).toBe(`${local}@`);
        expect(mailed).toMatch(/^[ -~]+$/);
        expect(mailed.toLowerCase()).toBe(common);
      }),
    );
  });

  it.each<[string, (typed: string) => string]>([
    ['the case of the local part counts', (typed) => typed.replace(/@.*/s, (domain) => domain.toLowerCase())],
    ['the domain stays in Unicode', (typed) => typed.toLowerCase()],
    ['dots do not count', (typed) => normaliseAddress(typed).replace(/\.(?=.*@)/g, '')],
  ])('the property sees that %s', (_, broken) => {
    const holds = fc.property(
      spelled,
      ({ common, local, domain }) => broken(`${local}@${domain}`) === common,
    );
    expect(fc.check(holds, { numRuns: 1_000 }).failed).toBe(true);
  });

  it('B7: dots, plus-tags and other signs make other mailboxes', () => {
    const [first, ...others] = [
      'annb@example.net',
      'ann.b@example.net',
      'annb+x@example.net',
      'an-nb@example.net',
    ];
    for (const other of others) expect(keys.hashAddress(other)).not.toEqual(keys.hashAddress(first ?? ''));
  });

  it('B7: is looked up by the spellings under which it was stored while case counted', () => {
    expect(formerSpellings('Ann.B@Example.net')).toEqual([
      'ann.b@example.net',
      'Ann.B@example.net',
      'Ann.b@example.net',
      'ANN.B@example.net',
    ]);
    expect(formerSpellings('7@example.net')).toEqual(['7@example.net']);
  });

  it.each([
    'prvs=ann=7@example.net',
    "o'neil+news@example.net",
    'ann@xn--80a1acny.xn--90ais',
    'ann@bücher.example',
    'a@b.co',
    'ann@1and1.example',
    `${'a'.repeat(64)}@example.net`,
  ])('B7: %s can be mailed', (typed) => {
    expect(isMailAddress(typed)).toBe(true);
  });

  it.each([
    ...['ann', '@example.net', 'ann@', 'ann@example', 'ann@example.7', 'ann@-a.example', 'ann@example..net'],
    ...['.ann@example.net', 'ann.@example.net', 'a..n@example.net', 'änn@example.net', 'a b@example.net'],
    ...[
      'ann@exa mple.net',
      'ann@example.net\r\nRCPT TO:<x@example.org>',
      'ann@bücher.example/x',
      'ann@[127.0.0.1]',
    ],
    ...['victim%example.net@example.org', 'example.net!victim@example.org', '|program@example.net'],
    ...['ann@１２７.０.０.１', 'ann@xn--.example.xn--', `${'a'.repeat(65)}@example.net`, 'ann@ü:80.example'],
    ...[
      `ann@${'a'.repeat(64)}.net`,
      `ann@${'ab.'.repeat(90)}net`,
      '"ann b"@example.net',
      'ann@bob@example.net',
    ],
  ])('B7: %s cannot', (typed) => {
    expect(isMailAddress(typed)).toBe(false);
  });
});

describe('an address', () => {
  it('P3: folds case, dots and plus-tags of the local part, for the limit alone', () => {
    for (const spelled of ['victim@gmail.com', 'V.ic.tim@Gmail.com', ' vi.ctim+news+x@gmail.com '])
      expect(foldAddress(spelled)).toBe('victim@gmail.com');
    expect(foldAddress('Victim@GoogleMail.com')).toBe('victim@gmail.com');
    expect(foldAddress('ann@mail.example.net')).toBe('ann@mail.example.net');
    expect(foldAddress('"a.b@c.d+e"@example.net')).toBe('"ab@cd@example.net');
    expect(foldAddress('no.address')).toBe('noaddress');
    expect(foldAddress('ann@example.net')).not.toBe(foldAddress('bob@example.net'));
  });

  it.each([
    ['ann@gmial.com', 'ann@gmail.com'],
    ['ann@gmail.con', 'ann@gmail.com'],
    ['Ann.B@hotmial.com', 'Ann.B@hotmail.com'],
    ['ann@yaho.com', 'ann@yahoo.com'],
    ['ann@gmx.dee', 'ann@gmx.de'],
    [' ann@GMIAL.COM ', 'ann@gmail.com'],
    ['a@gmal.co', 'a@gmail.com'],
    ['"a@b"@gmail.cmo', '"a@b"@gmail.com'],
    ['ann@proton.m', 'ann@proton.me'],
  ])('%s may have been meant as %s', (typed, meant) => {
    expect(suggestAddress(typed)).toBe(meant);
  });

  it.each([
    ['one slip before two', 'hotmail.ut', 'hotmail.it'],
    ['the first of two as near', 'hotmail.ft', 'hotmail.fr'],
    ['and not a later one that is farther', 'hotmail.fx', 'hotmail.fr'],
  ])('of several the nearest is asked about: %s', (_, domain, meant) => {
    expect(suggestAddress(`ann@${domain}`)).toBe(`ann@${meant}`);
  });

  it.each([['gmial.com'], ['@gmial.com'], ['ann@gmx.dxx'], ['ann@zohho.comm'], ['ann@gmaaail.comm']])(
    '%s is no slip: no address, or too far from any',
    (typed) => {
      expect(suggestAddress(typed)).toBeNull();
    },
  );

  it.each(
    (
      'gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.it live.com msn.com yahoo.com ' +
      'yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.co.jp yahoo.co.in icloud.com mac.com aol.com ' +
      'protonmail.com proton.me fastmail.com zoho.com gmx.de gmx.net gmx.com gmx.at web.de t-online.de freenet.de ' +
      'orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it alice.it tiscali.it btinternet.com sky.com ' +
      'virginmedia.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net rogers.com shaw.ca ' +
      'bigpond.com optusnet.com.au telenet.be skynet.be ziggo.nl kpnmail.nl telia.com online.no bluewin.ch seznam.cz ' +
      'interia.pl mail.ru yandex.ru uol.com.br bol.com.br terra.com.br naver.com 163.com rediffmail.com'
    ).split(' '),
  )('a letter typed twice in %s is seen', (domain) => {
    expect(suggestAddress(`ann@${domain.slice(0, 2)}${domain.slice(1)}`)).toBe(`ann@${domain}`);
  });

  it.each(
    (
      'mail.com email.com ymail.com hotmail.be hotmail.ca hotmail.ch hotmail.cl hotmail.de hotmail.es hotmail.nl ' +
      'hotmail.se hotmail.co.jp outlook.cl outlook.cz yahoo.be yahoo.ca yahoo.gr yahoo.ie yahoo.in yahoo.se ' +
      'yahoo.co.id yahoo.co.nz yahoo.co.za orange.es orange.pl online.de op.pl vp.pl oi.com.br yandex.kz'
    ).split(' '),
  )('%s is real, however near to a common one', (domain) => {
    expect(suggestAddress(`ann@${domain}`)).toBeNull();
  });

  it.each([
    'ann@gmail.com',
    'ann@GMX.de',
    'ann@mail.com',
    'ann@example.net',
    'ann@uni-bergen.no',
    'ann@gmx.ch',
    'nonsense',
    '@gmail.com',
  ])('%s is left alone', (typed) => {
    expect(suggestAddress(typed)).toBeNull();
  });
});
