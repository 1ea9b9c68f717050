/** How far released changes were read: the newest position, and which change has it (null before the first). */
export type ReleaseCursor = { position: number; changeId: number | null };

/**
 * A cursor as a program outside keeps it: opaque, and good for as long as the database. It names the change beside its
 * position, because a restored backup gives positions out again, to other changes.
 */
export function writeCursor({ position, changeId }: ReleaseCursor): string {
  return toOpaque(`1.${position}.${changeId ?? 0}`);
}

/** What a cursor says; null when it is none of ours. */
export function readCursor(text: string): ReleaseCursor | null {
  const parts = /^1\.(\d{1,15})\.(\d{1,15})$/.exec(fromOpaque(text) ?? '');
  if (!parts) return null;
  const [position, changeId] = [Number(parts[1]), Number(parts[2])];
  if ((position === 0) !== (changeId === 0)) return null;
  return { position, changeId: changeId === 0 ? null : changeId };
}

/** ASCII text as a token for addresses (base64url, RFC 4648, without padding). */
export function toOpaque(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The text of a token; null when it is none in the one way of writing it. */
export function fromOpaque(token: string): string | null {
  if (!/^[\w-]{1,400}$/.test(token)) return null;
  try {
    const text = atob(token.replaceAll('-', '+').replaceAll('_', '/'));
    return toOpaque(text) === token ? text : null;
  } catch {
    return null;
  }
}
