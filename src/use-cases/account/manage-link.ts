import { addMs, hourMs } from '../../core/instants.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { findManager, grantDaily } from '../../db/subscribers/sessions.ts';
import { isSuppressed } from '../../db/subscribers/subscribers.ts';
import { addToken } from '../../db/subscribers/tokens.ts';
import { type Keys, makeToken } from '../../keys.ts';

/** How long a link to one's own subscriptions works, once (P12). */
const worksForMs = hourMs;
/** Links that an address gets in 24 hours, counted apart from its confirmation mails (P3). */
const mostADay = 3;

/**
 * Plans a mail with a fresh link to a person's own subscriptions, in the caller's transaction. Returns the delivery's id;
 * null for somebody who has confirmed nothing, is suppressed, or got as many today as one may.
 */
export async function planManageLink(
  keys: Keys,
  tx: Tx,
  who: Parameters<typeof findManager>[1],
  now: Instant,
): Promise<number | null> {
  const person = await findManager(tx, who);
  if (!person || (await isSuppressed(tx, person.id))) return null;
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
