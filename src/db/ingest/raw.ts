import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** A registry's answer as it is kept: JSON, compressed. */
export function packJson(value: unknown): Buffer {
  return zstdCompressSync(JSON.stringify(value) ?? 'null');
}

/** The answer that `packJson` kept. */
export function unpackJson(packed: Buffer): unknown {
  return JSON.parse(zstdDecompressSync(packed).toString('utf8'));
}
