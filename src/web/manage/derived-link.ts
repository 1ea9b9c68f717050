import { timingSafeEqual } from 'node:crypto';
import { readFormerKeys } from '../../db/subscribers/former-keys.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** A derived link: the id of a row, and the generation of links that it belongs to. */
export type DerivedLink = { id: number; generation: number };

const shape = /^([1-9]\d{0,14})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/**
 * Verifies a link that was derived for a purpose with the current key or a former one. Null if it is truncated,
 * changed or not ours. Does not check whether the row still exists (E3).
 */
export async function readDerivedLink(
  { db, keys }: Pick<WebDeps, 'db' | 'keys'>,
  purpose: string,
  token: string,
): Promise<DerivedLink | null> {
  const [, id, generation, signature] = shape.exec(token) ?? [];
  if (id === undefined || generation === undefined || signature === undefined) return null;
  const subject = `${id}.${generation}`;
  const isSignedBy = (key: Pick<typeof keys, 'sign'>) =>
    timingSafeEqual(Buffer.from(key.sign(purpose, subject)), Buffer.from(signature));
  if (!isSignedBy(keys) && !(await readFormerKeys(db, keys)).some(isSignedBy)) return null;
  return { id: Number(id), generation: Number(generation) };
}

/** A link's token for a purpose, as `readDerivedLink` reads it. */
export function makeDerivedLink(
  keys: WebDeps['keys'],
  purpose: string,
  { id, generation }: DerivedLink,
): string {
  const subject = `${id}.${generation}`;
  return `${subject}.${keys.sign(purpose, subject)}`;
}
