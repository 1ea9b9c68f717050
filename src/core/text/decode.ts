/** The encodings that an admin can choose for a file. A byte order mark takes precedence. */
export const encodings = ['utf-8', 'windows-1252'] as const;
/** The name of an encoding. */
export type Encoding = (typeof encodings)[number];

/** Why bytes cannot be decoded. `line` is where it shows, counted from 1. */
export type DecodeFault = {
  why: 'not-utf-8' | 'not-utf-16' | 'not-windows-1252' | 'is-utf-8' | 'binary' | 'replaced';
  line: number;
};

/**
 * Decodes bytes by their byte order mark, else in the given encoding. Never guesses or replaces. Returns a
 * fault for bytes that do not decode, for UTF-8 declared as Windows-1252, and for a replacement character
 * that another program left behind.
 */
export function decodeText(bytes: Uint8Array, said: Encoding): { text: string } | { fault: DecodeFault } {
  const encoding = markedEncoding(bytes) ?? said;
  const name = encoding.startsWith('utf-16') ? 'utf-16' : (encoding as Encoding);
  if (encoding === 'windows-1252' && bytes.some((byte) => byte > 0x7f) && decode(bytes, 'utf-8') !== null)
    return { fault: { why: 'is-utf-8', line: lineOfFirst(bytes, (byte) => byte > 0x7f) } };
  const text = decode(bytes, encoding);
  if (text === null) return { fault: { why: `not-${name}`, line: findBrokenLine(bytes, encoding) } };
  for (const [why, sign] of [
    ['binary', /\0/],
    ['replaced', /\ufffd/],
    // Bytes that Windows-1252 leaves undefined decode to control characters.
    [`not-${name}`, /[\x80-\x9f]/],
  ] as const) {
    const at = text.search(sign);
    if (at >= 0) return { fault: { why, line: text.slice(0, at).split('\n').length } };
  }
  return { text };
}

function markedEncoding(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return null;
}

/** Returns null if the bytes do not decode. */
function decode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function findBrokenLine(bytes: Uint8Array, encoding: string): number {
  if (encoding.startsWith('utf-16')) {
    const text = new TextDecoder(encoding).decode(bytes);
    return text.slice(0, text.indexOf('\ufffd')).split('\n').length;
  }
  // A line feed is never part of another character in UTF-8.
  for (let from = 0, line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, from);
    if (end < 0 || decode(bytes.subarray(from, end), encoding) === null) return line;
    from = end + 1;
  }
}

function lineOfFirst(bytes: Uint8Array, is: (byte: number) => boolean): number {
  const before = bytes.subarray(0, bytes.findIndex(is));
  return before.reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1);
}
