const oids = { text: 25, bytea: 17 };

/**
 * A `text[]` in PostgreSQL's binary format, as a parameter with the cast `::text[]`. Nothing is quoted by the client nor
 * unquoted by the server, which matters for long JSON.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  const length = values.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
  return packArray(values, oids.text, length, (into, value, at) => into.write(value, at, 'utf8'));
}

/** A `bytea[]` in PostgreSQL's binary format, as a parameter with the cast `::bytea[]`. */
export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  const length = values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  return packArray(values, oids.bytea, length, (into, value, at) => {
    into.set(value, at);
    return value.length;
  });
}

/** Dimensions, whether there are nulls, type, size and first index; then each element with its length, -1 for null. */
function packArray<T>(
  values: readonly (T | null)[],
  oid: number,
  length: number,
  write: (into: Buffer, value: T, at: number) => number,
): Buffer {
  const head = values.length === 0 ? [0, 0, oid] : [1, values.includes(null) ? 1 : 0, oid, values.length, 1];
  const packed = Buffer.allocUnsafe(4 * (head.length + values.length) + length);
  let at = 0;
  for (const number of head) at = packed.writeInt32BE(number, at);
  for (const value of values) {
    const written = value === null ? 0 : write(packed, value, at + 4);
    packed.writeInt32BE(value === null ? -1 : written, at);
    at += 4 + written;
  }
  return packed;
}
