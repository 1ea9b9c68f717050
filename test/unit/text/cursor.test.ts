import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromOpaque, readCursor, toOpaque, writeCursor } from '../../../src/core/cursor.ts';

const number = fc.integer({ min: 1, max: 999_999_999_999_999 });

describe('a cursor', () => {
  it('can be parsed into its parts', () => {
    expect(readCursor(writeCursor({ position: 0, changeId: null }))).toEqual({ position: 0, changeId: null });
    fc.assert(
      fc.property(number, number, (position, changeId) => {
        const token = writeCursor({ position, changeId });
        expect(token).toMatch(/^[\w-]+$/);
        expect(readCursor(token)).toEqual({ position, changeId });
      }),
    );
  });

  it('has one canonical form, and anything else is invalid', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readCursor(text);
        if (read !== null) expect(writeCursor(read)).toBe(text);
      }),
    );
    for (const text of ['1.1', '1.1.', '2.1.1', '1.01x.1', '1.-1.1', '1.1e3.1', '1.0.5', '1.5.0', ' 1.1.1'])
      expect([text, readCursor(toOpaque(text))]).toEqual([text, null]);
    expect(fromOpaque('MS4xLjE=')).toBe(null);
    expect(fromOpaque('MS4xLjF')).toBe(null);
  });
});
