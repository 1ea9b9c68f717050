import { describe, expect, it } from 'vitest';
import { foldAddress, suggestAddress } from '../../../src/core/text/mail-address.ts';

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
