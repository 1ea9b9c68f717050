/**
 * The end of the released changes that were read: the newest position, and the change that has it (null
 * before the first).
 */
export type ReleaseCursor = { position: number; changeId: number | null };

/**
 * Writes a cursor for external programs: opaque, and valid as long as the database lives. It names the change
 * beside its position, because a restored backup assigns the same positions to other changes.
 */
export function writeCursor({ position, changeId }: ReleaseCursor): string {
  return toOpaque(`1.${position}.${changeId ?? 0}`);
}

/** Parses a cursor; null if it is invalid. */
export function readCursor(text: string): ReleaseCursor | null {
  const parts = /^1\.(\d{1,15})\.(\d{1,15})$/.exec(fromOpaque(text) ?? '');
  if (!parts) return null;
  const [position, changeId] = [Number(parts[1]), Number(parts[2])];
  if ((position === 0) !== (changeId === 0)) return null;
  return { position, changeId: changeId === 0 ? null : changeId };
}

/** Encodes ASCII text for URLs (base64url, RFC 4648, without padding). */
export function toOpaque(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Decodes such a text; null if it is invalid or not in canonical form. */
export function fromOpaque(token: string): string | null {
  if (!/^[\w-]{1,400}$/.test(token)) return null;
  try {
    const text = atob(token.replaceAll('-', '+').replaceAll('_', '/'));
    return toOpaque(text) === token ? text : null;
  } catch {
    return null;
  }
}
