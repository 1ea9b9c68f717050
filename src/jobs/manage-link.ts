import type { ManageLinkAsk } from '../core/manage-asks.ts';
import { planDelivery } from '../db/deliveries.ts';
import { findManager, grantDaily } from '../db/sessions.ts';
import { isSuppressed } from '../db/subscribers.ts';
import { addToken } from '../db/tokens.ts';
import { makeToken } from '../keys.ts';
import { plusMs } from './context.ts';
import type { RequestHandler } from './request-handler.ts';

/** How long a link to one's own subscriptions works, once (P12). */
const worksForMs = 3_600_000;
/** Links an address gets in 24 hours; an allowance of their own, beside that of confirmations (P3). */
const mostADay = 3;

/** Mails a fresh link to somebody who follows something here; nothing to anyone else. */
export const sendManageLink: RequestHandler = async (context, tx, params) => {
  // Sealed by our own pages: nobody else can make one that opens.
  const ask = params as ManageLinkAsk;
  const { keys } = context;
  const person = await findManager(tx, 'email' in ask ? { addressHash: keys.hashAddress(ask.email) } : ask);
  if (!person || (await isSuppressed(tx, person.id))) return undefined;
  const now = context.now();
  const { addressHash } = person;
  if (!(await grantDaily(tx, { addressHash, kind: 'manage', most: mostADay, now }))) return undefined;
  const { token, hash } = makeToken();
  const expiresAt = plusMs(now, worksForMs);
  await addToken(tx, { hash, purpose: 'manage', subscriberId: person.id, createdAt: now, expiresAt });
  const deliveryId = await planDelivery(tx, {
    kind: 'manage',
    subscriberId: person.id,
    address: null,
    params: keys.encrypt(JSON.stringify({ token })),
    now,
  });
  return async () => {
    await context.ring('send', { deliveryId });
  };
};
