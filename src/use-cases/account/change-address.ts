import { addMs, dayMs } from '../../core/instants.ts';
import type { AddressChangeRequest } from '../../core/subscriptions/link-requests.ts';
import { addressChangesADay } from '../../core/subscriptions/mail-allowances.ts';
import { foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import { renewFeed } from '../../db/admin/subscriber-settings.ts';
import type { Tx } from '../../db/connect.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { setAddress } from '../../db/subscribers/addresses.ts';
import { takeDailyAllowance } from '../../db/subscribers/rate-limits.ts';
import { findSubscriber, findSuppression, readAddress } from '../../db/subscribers/subscribers.ts';
import { addToken, consumeToken, dropTokens } from '../../db/subscribers/tokens.ts';
import { type Keys, makeToken } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';
import { sessionPurpose } from '../session.ts';

/**
 * The two links of an address change: the new address confirms the change, the old one rejects or reverts it.
 */
export type AddressSide = 'new' | 'old';

/** The purpose of each link's token. */
export const addressPurposes = { new: 'address', old: 'keep-address' } as const;

/** The new address must confirm within a day; the old one can reject or revert the change for a week. */
const worksForMs = { new: dayMs, old: 7 * dayMs } as const;

/**
 * Other tokens that stop working after each outcome: those mailed to the address that is given up, or
 * requested at the same time.
 */
const endedPurposes = {
  new: ['address', 'confirm', 'manage', 'undo'],
  old: ['address', 'browser', 'confirm', 'manage', 'undo', sessionPurpose],
} as const;

/**
 * Begins an address change in the caller's transaction: mails a link that confirms it to the new address, and
 * a notice with a link that stops it to the old one. A new address that belongs to a subscriber or is
 * suppressed gets no mail; the notice is sent anyway, because the requester must not learn of that (N7).
 * Returns the ids of the deliveries: none if the limit of the day is used up.
 */
export async function beginAddressChange(
  keys: Keys,
  tx: Tx,
  { subscriberId, email }: AddressChangeRequest,
  now: Instant,
): Promise<number[]> {
  const old = await readAddress(tx, keys, subscriberId);
  // Only the newest request counts: an earlier one with a mistyped address must not take effect.
  await dropTokens(tx, subscriberId, ['address']);
  if (old === null) return [];
  // A new spelling of the same address counts once.
  const asked = [old, foldAddress(email)].map((address) => keys.hashAddress(address));
  for (const addressHash of asked.filter(
    (one, at) => !asked.slice(0, at).some((other) => other.equals(one)),
  )) {
    const use = { addressHash, kind: 'address', most: addressChangesADay, now };
    if (!(await takeDailyAllowance(tx, use))) return [];
  }
  const owner = await findSubscriber(tx, keys, email);
  const isFree = owner === null || (owner === subscriberId && old !== email);
  const isOpen = isFree && (await findSuppression(tx, keys, email)) === null;
  const ids = [await planLink(keys, tx, { subscriberId, side: 'old', address: old, now })];
  if (isOpen) ids.unshift(await planLink(keys, tx, { subscriberId, side: 'new', address: email, now }));
  return ids;
}

/** Plans a mail whose link acts for its own address. */
async function planLink(
  keys: Keys,
  tx: Tx,
  link: { subscriberId: number; side: AddressSide; address: string; now: Instant },
): Promise<number> {
  const { subscriberId, side, address, now } = link;
  const { token, hash } = makeToken();
  await addToken(tx, {
    hash,
    purpose: addressPurposes[side],
    subscriberId,
    params: keys.encrypt(address),
    createdAt: now,
    expiresAt: addMs(now, worksForMs[side]),
  });
  return planDelivery(tx, {
    kind: 'address',
    subscriberId,
    address: keys.encrypt(address),
    params: keys.encrypt(JSON.stringify({ token, side })),
    now,
  });
}

/**
 * Finishes an address change through one of its links. The new address's link makes the change, and every
 * link mailed to the old address stops working, except the notice's. The old address's link keeps or restores
 * the old address, and ends all sessions. `taken`: another person has the address by now. `used`: the link no
 * longer works.
 */
export async function finishAddressChange(
  { db, keys }: Pick<UseCaseContext, 'db' | 'keys'>,
  { hash, side }: { hash: Buffer; side: AddressSide },
  now: Instant,
): Promise<'done' | 'taken' | 'used'> {
  return db.transaction().execute(async (tx) => {
    const used = await consumeToken(tx, { hash, purpose: addressPurposes[side], now });
    if (!used?.params) return 'used';
    const { subscriberId, createdAt, params } = used;
    await dropTokens(tx, subscriberId, endedPurposes[side]);
    if (side === 'old') {
      // A thief who changed the address twice got such a notice too: it must not restore the thief's address.
      await dropTokens(tx, subscriberId, [addressPurposes.old], createdAt);
      await renewFeed(tx, subscriberId);
    }
    return (await setAddress(tx, keys, subscriberId, keys.decrypt(params))) ? 'done' : 'taken';
  });
}
