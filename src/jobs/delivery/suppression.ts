import type { Claim } from '../../db/delivery/claims.ts';
import { readFormerKeys } from '../../db/subscribers/former-keys.ts';
import { findSuppression, isSuppressed } from '../../db/subscribers/subscribers.ts';
import type { FormerKeys, Keys } from '../../keys.ts';
import type { Context } from '../context.ts';

/** Former keys stay the same while a process has its key: a key change requires all processes to stop. */
const formerOf = new WeakMap<Keys, FormerKeys[]>();

/**
 * The hashes under which mail to a delivery's address may have been stopped, for any kind of mail and any
 * subscriber (E6), including hashes under former keys.
 */
export async function hashesOfAddress({ db, keys }: Context, claim: Claim): Promise<Buffer[]> {
  if (claim.address === null) return [];
  const former = formerOf.get(keys) ?? (await readFormerKeys(db, keys));
  formerOf.set(keys, former);
  const address = keys.decrypt(claim.address);
  return [keys, ...former].flatMap(({ hashSpellings }) => hashSpellings(address));
}

/** Whether mail to the address of a delivery, or to its subscriber, was stopped permanently (E6). */
export async function isDeliverySuppressed(context: Context, claim: Claim): Promise<boolean> {
  const { db, keys } = context;
  if (await isSuppressed(db, claim.subscriberId)) return true;
  return claim.address !== null && (await findSuppression(db, keys, keys.decrypt(claim.address))) !== null;
}
