import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Packs a registry's answer for storage: JSON, compressed. */
export function packJson(value: unknown): Buffer {
  return zstdCompressSync(JSON.stringify(value) ?? 'null');
}

/** Unpacks the answer that `packJson` stored. */
export function unpackJson(packed: Buffer): unknown {
  return JSON.parse(zstdDecompressSync(packed).toString('utf8'));
}
