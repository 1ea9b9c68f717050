import type { ManageLinkAsk } from '../../core/subscriptions/manage-asks.ts';
import type { Tx } from '../../db/connect.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { findManager, grantDaily } from '../../db/subscribers/sessions.ts';
import { isSuppressed } from '../../db/subscribers/subscribers.ts';
import { addToken } from '../../db/subscribers/tokens.ts';
import { makeToken } from '../../keys.ts';
import { addMs, type Context } from '../context.ts';
import type { RequestHandler } from './request-handler.ts';

/** How long a link to one's own subscriptions works, once (P12). */
const worksForMs = 3_600_000;
/** Links an address gets in 24 hours; an allowance of their own, beside that of confirmations (P3). */
const mostADay = 3;

/** Mails a fresh link to somebody who follows something here; nothing to anyone else. */
export const sendManageLink: RequestHandler = async (context, tx, params) => {
  // Sealed by our own pages: nobody else can make one that opens.
  const ask = params as ManageLinkAsk;
  const who = 'email' in ask ? { addressHash: context.keys.hashAddress(ask.email) } : ask;
  const deliveryId = await planManageLink(context, tx, who);
  if (deliveryId === null) return undefined;
  return async () => {
    await context.enqueue('send', { deliveryId });
  };
};

/** Promises that mail, in the caller's transaction; null for somebody who gets none, or had all of a day. */
export async function planManageLink(
  context: Context,
  tx: Tx,
  who: Parameters<typeof findManager>[1],
): Promise<number | null> {
  const { keys } = context;
  const person = await findManager(tx, who);
  if (!person || (await isSuppressed(tx, person.id))) return null;
  const now = context.now();
  const { addressHash } = person;
  if (!(await grantDaily(tx, { addressHash, kind: 'manage', most: mostADay, now }))) return null;
  const { token, hash } = makeToken();
  const expiresAt = addMs(now, worksForMs);
  await addToken(tx, { hash, purpose: 'manage', subscriberId: person.id, createdAt: now, expiresAt });
  return planDelivery(tx, {
    kind: 'manage',
    subscriberId: person.id,
    address: null,
    params: keys.encrypt(JSON.stringify({ token })),
    now,
  });
}
