import { describe, expect, it } from 'vitest';
import { holdsAddress, withoutAddresses } from '../../../src/errors.ts';

describe('a text without addresses', () => {
  it('keeps everything else', () => {
    for (const [text, left] of [
      ['550 5.1.1 <ann@example.net>: no such user', '550 5.1.1 <[address]>: no such user'],
      ['ann+tag@mail.example.net;rfc822;bob@example.org', '[address];rfc822;[address]'],
      ['a@b@c and @ alone', '[address] and @ alone'],
      ['no address here', 'no address here'],
    ] as const)
      expect(withoutAddresses(text)).toBe(left);
  });

  it('is found however long a text without spaces is: a failed job’s reason may be megabytes', () => {
    const long = 'x'.repeat(2_000_000);
    expect(withoutAddresses(long)).toBe(long);
    expect(holdsAddress(long)).toBe(false);
    expect(withoutAddresses(`${long}@example.net ${'@'.repeat(200_000)}`)).toMatch(/^\[address\]/);
  });
});
