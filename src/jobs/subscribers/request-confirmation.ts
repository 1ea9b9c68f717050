import { confirmationAllowance } from '../../core/subscriptions/sign-up.ts';
import { foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { recordUse, takeAllowance } from '../../db/subscribers/rate-limits.ts';
import { addToken } from '../../db/subscribers/tokens.ts';
import { makeToken } from '../../keys.ts';
import { addMs, type Context } from '../context.ts';

const confirmWithinMs = 7 * 24 * 3_600_000;

/**
 * Promises the confirmation mail, while the address has some left of its allowance; what is chosen meanwhile waits for
 * the link of the mail before. `always`: by hand, whatever the allowance. False when no mail goes out.
 */
export async function requestConfirmation(
  context: Context,
  tx: Tx,
  person: { id: number; email: string },
  now: Instant,
  how: { always: boolean; byStaff?: boolean },
): Promise<boolean> {
  const ask = {
    addressHash: context.keys.hashAddress(foldAddress(person.email)),
    kind: 'confirmation',
    byStaff: how.byStaff ?? false,
    now,
  };
  if (how.always) await recordUse(tx, ask);
  else if (!(await takeAllowance(tx, { ...ask, ...confirmationAllowance }))) return false;
  const { token, hash } = makeToken();
  await addToken(tx, {
    hash,
    purpose: 'confirm',
    subscriberId: person.id,
    createdAt: now,
    expiresAt: addMs(now, confirmWithinMs),
  });
  // The token is random; the row keeps it encrypted until the mail is sent.
  const params = context.keys.encrypt(JSON.stringify({ token }));
  await planDelivery(tx, { kind: 'confirmation', subscriberId: person.id, address: null, params, now });
  return true;
}
