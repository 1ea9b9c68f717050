import type { AddressAsk } from '../../core/subscriptions/manage-asks.ts';
import { foldAddress } from '../../core/text/mail-address.ts';
import type { Tx } from '../../db/connect.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { addSealedToken, dropTokens, grantDaily } from '../../db/subscribers/sessions.ts';
import { findSubscriber, findSuppression, readAddress } from '../../db/subscribers/subscribers.ts';
import { makeToken } from '../../keys.ts';
import { addMs, type Context } from '../context.ts';
import type { RequestHandler } from './request-handler.ts';

const hourMs = 3_600_000;
/** The new address confirms within a day; the old one can stop it, or take it back, for a week. */
const worksForMs = { new: 24 * hourMs, old: 7 * 24 * hourMs } as const;
/** Changes one person may begin, and mails one address gets for that, in 24 hours. */
const mostADay = 3;

/**
 * Begins a change of address: a link to confirm it to the new one, a notice with a way to stop it to the old one. Nothing
 * goes out when the new one follows something here already, or mail to it was stopped for good.
 */
export const beginAddressChange: RequestHandler = async (context, tx, params) => {
  // Sealed by our own pages: nobody else can make one that opens.
  const { subscriberId, email } = params as AddressAsk;
  const { keys } = context;
  const now = context.now();
  const old = await readAddress(tx, keys, subscriberId);
  // What was asked for last counts: one mistyped before must not take over.
  await dropTokens(tx, subscriberId, ['address']);
  if (old === null || (await findSuppression(tx, keys, email))) return undefined;
  if ((await findSubscriber(tx, keys, email)) !== null) return undefined;
  for (const address of [old, foldAddress(email)]) {
    const ask = { addressHash: keys.hashAddress(address), kind: 'address', most: mostADay, now };
    if (!(await grantDaily(tx, ask))) return undefined;
  }
  const ids = [
    await mail(context, tx, { subscriberId, side: 'new', to: email, address: email }),
    await mail(context, tx, { subscriberId, side: 'old', to: old, address: old }),
  ];
  return async () => {
    for (const deliveryId of ids) await context.enqueue('send', { deliveryId });
  };
};

/** A mail whose link acts with an address: the new one to take over, the old one to come back to. */
async function mail(
  context: Context,
  tx: Tx,
  {
    subscriberId,
    side,
    to,
    address,
  }: { subscriberId: number; side: 'new' | 'old'; to: string; address: string },
): Promise<number> {
  const { keys } = context;
  const now = context.now();
  const { token, hash } = makeToken();
  await addSealedToken(tx, {
    hash,
    purpose: side === 'new' ? 'address' : 'keep-address',
    subscriberId,
    params: keys.encrypt(address),
    createdAt: now,
    expiresAt: addMs(now, worksForMs[side]),
  });
  return planDelivery(tx, {
    kind: 'address',
    subscriberId,
    address: keys.encrypt(to),
    params: keys.encrypt(JSON.stringify({ token, side })),
    now,
  });
}
