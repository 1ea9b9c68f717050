import { addMs, hourMs } from '../../core/instants.ts';
import { confirmationAllowance, manageLinksADay } from '../../core/subscriptions/mail-allowances.ts';
import { foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { takeAllowance, takeDailyAllowance } from '../../db/subscribers/rate-limits.ts';
import { findManager, findSuppression, readAddress } from '../../db/subscribers/subscribers.ts';
import { isLiftedByLink } from '../../db/subscribers/suppressions.ts';
import { addToken } from '../../db/subscribers/tokens.ts';
import { type Keys, makeToken } from '../../keys.ts';

/** How long a manage link works; it works once (P12). */
const worksForMs = hourMs;

/**
 * Plans a mail with a new link to a person's own subscriptions, in the caller's transaction. Returns the
 * delivery's id; null if the person has confirmed nothing, is suppressed, or has reached the limit of the
 * day. After bounces a reader, but not staff, can still have it mailed (B6).
 */
export async function planManageLink(
  keys: Keys,
  tx: Tx,
  who: Parameters<typeof findManager>[1],
  now: Instant,
  by: 'reader' | 'staff',
): Promise<number | null> {
  const person = await findManager(tx, who);
  if (!person || !(await isGranted(keys, tx, person, now, by))) return null;
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

/** A mailbox that bounced gets no more links than an unconfirmed address gets confirmation mails. */
async function isGranted(
  keys: Keys,
  tx: Tx,
  { id, addressHash }: { id: number; addressHash: Buffer },
  now: Instant,
  by: 'reader' | 'staff',
): Promise<boolean> {
  const email = await readAddress(tx, keys, id);
  const suppression = email === null ? null : await findSuppression(tx, keys, email);
  if (suppression === null || email === null)
    return takeDailyAllowance(tx, { addressHash, kind: 'manage', most: manageLinksADay, now });
  if (by === 'staff' || !isLiftedByLink(suppression)) return false;
  const folded = keys.hashAddress(foldAddress(email));
  return takeAllowance(tx, { addressHash: folded, kind: 'confirmation', ...confirmationAllowance, now });
}
