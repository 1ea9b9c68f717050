import { addMs, dayMs } from '../../core/instants.ts';
import type { AddressAsk } from '../../core/subscriptions/manage-asks.ts';
import { foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import { renewFeed } from '../../db/admin/subscriber-settings.ts';
import type { Tx } from '../../db/connect.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { setAddress } from '../../db/subscribers/addresses.ts';
import { addSealedToken, consumeSealed, dropTokens, grantDaily } from '../../db/subscribers/sessions.ts';
import { findSubscriber, findSuppression, readAddress } from '../../db/subscribers/subscribers.ts';
import { type Keys, makeToken } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';
import { sessionPurpose } from './manage-session.ts';

/** The two links of a change of address: the new address takes over by one, the old one keeps or comes back by the other. */
export type AddressSide = 'new' | 'old';

/** The purpose of each link's token. */
export const addressPurposes = { new: 'address', old: 'keep-address' } as const;

/** The new address confirms within a day; the old one can stop it, or take it back, for a week. */
const worksForMs = { new: dayMs, old: 7 * dayMs } as const;
/** Changes that one person may begin, and mails about them that one address gets, in 24 hours. */
const mostADay = 3;

/** Tokens that stop working after each: those mailed to the address that is given up, or asked for besides. */
const endedPurposes = {
  new: ['address', 'confirm', 'manage', 'undo'],
  old: ['address', 'browser', 'confirm', 'manage', 'undo', sessionPurpose],
} as const;

/**
 * Begins a change of address, in the caller's transaction: a link to confirm it goes to the new one, a notice with a way
 * to stop it to the old one. Nothing goes to a new address that is a subscriber's already or is suppressed; the notice
 * goes out all the same, for whoever asks must not learn that (N7). Returns the deliveries' ids: none when too many were
 * asked for today.
 */
export async function beginAddressChange(
  keys: Keys,
  tx: Tx,
  { subscriberId, email }: AddressAsk,
  now: Instant,
): Promise<number[]> {
  const old = await readAddress(tx, keys, subscriberId);
  // Only the newest request counts: a mistyped earlier one must not take over.
  await dropTokens(tx, subscriberId, ['address']);
  if (old === null) return [];
  for (const address of [old, foldAddress(email)]) {
    const use = { addressHash: keys.hashAddress(address), kind: 'address', most: mostADay, now };
    if (!(await grantDaily(tx, use))) return [];
  }
  const isOpen =
    (await findSuppression(tx, keys, email)) === null && (await findSubscriber(tx, keys, email)) === null;
  const ids = [await planLink(keys, tx, { subscriberId, side: 'old', address: old, now })];
  if (isOpen) ids.unshift(await planLink(keys, tx, { subscriberId, side: 'new', address: email, now }));
  return ids;
}

/** A mail to an address whose link acts with that address. */
async function planLink(
  keys: Keys,
  tx: Tx,
  link: { subscriberId: number; side: AddressSide; address: string; now: Instant },
): Promise<number> {
  const { subscriberId, side, address, now } = link;
  const { token, hash } = makeToken();
  await addSealedToken(tx, {
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
 * Ends a change of address by one of its links. By the new address's link it takes over, and every link mailed to the old
 * one stops working, except the notice's. By the old address's link it stays or comes back, and whoever is signed in is
 * signed out. `taken`: somebody else has the address by now. `used`: the link no longer works.
 */
export async function finishAddressChange(
  { db, keys }: Pick<UseCaseContext, 'db' | 'keys'>,
  { hash, side }: { hash: Buffer; side: AddressSide },
  now: Instant,
): Promise<'done' | 'taken' | 'used'> {
  return db.transaction().execute(async (tx) => {
    const used = await consumeSealed(tx, keys, { hash, purpose: addressPurposes[side], now });
    if (!used) return 'used';
    const { subscriberId, createdAt, text: email } = used;
    await dropTokens(tx, subscriberId, endedPurposes[side]);
    if (side === 'old') {
      // A thief who changed the address twice got such a notice too: it must not bring their address back.
      await dropTokens(tx, subscriberId, [addressPurposes.old], createdAt);
      await renewFeed(tx, subscriberId);
    }
    return (await setAddress(tx, keys, subscriberId, email)) ? 'done' : 'taken';
  });
}
