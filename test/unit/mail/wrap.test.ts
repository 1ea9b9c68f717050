import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrapText } from '../../../src/mail/wrap.ts';

describe('folding lines', () => {
  it('folds at spaces, hangs list items, cuts only unbreakable words', () => {
    expect(wrapText('* aaa bbb ccc', 9)).toBe('* aaa bbb\n  ccc\n');
    expect(wrapText('aaaaaaaaaaaa b', 5)).toBe('aaaaa\naaaaa\naa b\n');
    expect(wrapText('see https://example.org/a/long/path', 10)).toBe(
      'see\nhttps://example.org/a/long/path\n',
    );
    expect(wrapText('\n\na\n\n\n\nb  \n\n')).toBe('a\n\nb\n');
  });

  it('D5: no line is wider than asked but an address, and nothing is lost (property)', () => {
    expect(holdsFor(wrapText)).toMatchObject({ failed: false });
  });

  it('D5: the same property fails for one that cuts lines off, and for one that leaves long words', () => {
    expect(
      holdsFor((text, width) => text.replace(new RegExp(`^(.{0,${width}}).*$`, 'gm'), '$1')).failed,
    ).toBe(true);
    expect(holdsFor((text, width) => text.replace(new RegExp(`(.{1,${width}}) `, 'g'), '$1\n')).failed).toBe(
      true,
    );
  });
});

function holdsFor(wrap: typeof wrapText) {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.webUrl(),
    fc.constantFrom('*', '-', ' ', '\n', '\t', 'long'.repeat(25)),
  );
  return fc.check(
    fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 12, max: 78 }), (words, width) => {
      const text = words.join(' ');
      const wrapped = wrap(text, width);
      expect(wrapped.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      for (const line of wrapped.split('\n'))
        expect([...line].length <= width || /^\s*(?:[*>-] )?https?:\S+$/.test(line)).toBe(true);
    }),
    { endOnFailure: true },
  );
}
