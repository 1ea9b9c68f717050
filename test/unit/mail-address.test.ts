import { describe, expect, it } from 'vitest';
import { foldAddress, suggestAddress } from '../../src/core/text/mail-address.ts';

describe('an address', () => {
  it('P3: folds case, dots and plus-tags of the local part, for the limit alone', () => {
    for (const spelled of ['victim@gmail.com', 'V.ic.tim@Gmail.com', ' vi.ctim+news+x@gmail.com '])
      expect(foldAddress(spelled)).toBe('victim@gmail.com');
    expect(foldAddress('ann@mail.example.net')).toBe('ann@mail.example.net');
    expect(foldAddress('ann@example.net')).not.toBe(foldAddress('bob@example.net'));
  });

  it.each([
    ['ann@gmial.com', 'ann@gmail.com'],
    ['ann@gmail.con', 'ann@gmail.com'],
    ['Ann.B@hotmial.com', 'Ann.B@hotmail.com'],
    ['ann@yaho.com', 'ann@yahoo.com'],
    ['ann@gmx.dee', 'ann@gmx.de'],
  ])('%s may have been meant as %s', (typed, meant) => {
    expect(suggestAddress(typed)).toBe(meant);
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
