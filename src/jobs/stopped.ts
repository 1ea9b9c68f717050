import type { Claim } from '../db/claims.ts';
import { readFormerKeys } from '../db/former-keys.ts';
import { findSuppression, isSuppressed } from '../db/subscribers.ts';
import type { Context } from './context.ts';

/** Mails to an address that is not, or not yet, the one of their subscriber. */
const toOwnAddress: readonly Claim['kind'][] = ['alert', 'address'];

/** The hashes under which mail to an address that is not its subscriber's may have been stopped; none for other mails. */
export async function hashesOfOwnAddress({ db, keys }: Context, claim: Claim): Promise<Buffer[]> {
  if (!toOwnAddress.includes(claim.kind) || claim.address === null) return [];
  const address = keys.decrypt(claim.address);
  return [keys, ...(await readFormerKeys(db, keys))].map(({ hashAddress }) => hashAddress(address));
}

/** Whether mail to the address of a delivery, or to its subscriber, was stopped for good (E6). */
export async function isStopped(context: Context, claim: Claim): Promise<boolean> {
  const { db, keys } = context;
  if (await isSuppressed(db, claim.subscriberId)) return true;
  if (!toOwnAddress.includes(claim.kind) || claim.address === null) return false;
  return (await findSuppression(db, keys, keys.decrypt(claim.address))) !== null;
}
