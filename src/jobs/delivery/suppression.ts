import type { Claim } from '../../db/delivery/claims.ts';
import { readFormerKeys } from '../../db/subscribers/former-keys.ts';
import { findSuppression, isSuppressed } from '../../db/subscribers/subscribers.ts';
import type { FormerKeys, Keys } from '../../keys.ts';
import type { Context } from '../context.ts';

/** Former keys stay the same while a process has its key: a key change requires all processes to stop. */
const formerOf = new WeakMap<Keys, FormerKeys[]>();

const openedOf = new WeakMap<Claim, string>();

/** The address that a delivery goes to, opened once; null if its reader is gone. */
export function openAddress({ keys }: Pick<Context, 'keys'>, claim: Claim): string | null {
  if (claim.address === null) return null;
  const address = openedOf.get(claim) ?? keys.decrypt(claim.address);
  openedOf.set(claim, address);
  return address;
}

/**
 * The hashes under which mail to a delivery's address may have been stopped, for any kind of mail and any
 * subscriber (E6), including hashes under former keys.
 */
export async function hashesOfAddress(context: Context, claim: Claim): Promise<Buffer[]> {
  const { db, keys } = context;
  const address = openAddress(context, claim);
  if (address === null) return [];
  const former = formerOf.get(keys) ?? (await readFormerKeys(db, keys));
  formerOf.set(keys, former);
  return [keys, ...former].flatMap(({ hashSpellings }) => hashSpellings(address));
}

/** Whether mail to the address of a delivery, or to its subscriber, was stopped permanently (E6). */
export async function isDeliverySuppressed(context: Context, claim: Claim): Promise<boolean> {
  const { db, keys } = context;
  if (await isSuppressed(db, claim.subscriberId)) return true;
  const address = openAddress(context, claim);
  return address !== null && (await findSuppression(db, keys, address)) !== null;
}
