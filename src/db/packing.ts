import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { exampleTrial } from './example-trial.ts';

/**
 * A packed version of a trial: its JSON, compressed by zstd with the text of its base as the dictionary, so that only
 * what differs takes room. Without a base, the example is the dictionary.
 */
export type PackedVersion = {
  packed: Buffer;
  base: { version: number; packed: Buffer } | null;
};

const example = Buffer.from(exampleTrial);

/** A delta longer than this share of its base is not worth a second row to read. */
const worthwhile = 1 / 3;

/** Packs the text of a version against `base`, a version without a base; alone, if the two have little in common. */
export function packVersion(text: Buffer, base: PackedVersion['base']): PackedVersion {
  if (base) {
    const packed = pack(text, unpackText(base.packed));
    if (packed.length < base.packed.length * worthwhile) return { packed, base };
  }
  return { packed: packText(text), base: null };
}

/** The text of a packed version. */
export function versionText({ packed, base }: { packed: Buffer; base: Buffer | null }): Buffer {
  return base === null ? unpackText(packed) : unpack(packed, unpackText(base));
}

/** Packs a short text that resembles the example. */
export function packText(text: Buffer): Buffer {
  return pack(text, example);
}

/** The text that `packText` packed. */
export function unpackText(packed: Buffer): Buffer {
  return unpack(packed, example);
}

/** Packs a text with another one, which is needed to unpack it. */
export function pack(text: Buffer, dictionary: Buffer): Buffer {
  return zstdCompressSync(text, { dictionary });
}

/** The text that `pack` packed with the same dictionary. */
export function unpack(packed: Buffer, dictionary: Buffer): Buffer {
  return zstdDecompressSync(packed, { dictionary });
}
