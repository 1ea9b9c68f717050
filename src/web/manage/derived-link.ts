import { timingSafeEqual } from 'node:crypto';
import { readFormerKeys } from '../../db/subscribers/former-keys.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** What a derived link names: a row's id, and the generation of links that it belongs to. */
export type DerivedLink = { id: number; generation: number };

const shape = /^([1-9]\d{0,14})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/**
 * Reads a link that was derived for a purpose, under the key in use or a former one. Null when it is not ours, cut off
 * or changed. Whether what it names still exists is not asked (E3).
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
