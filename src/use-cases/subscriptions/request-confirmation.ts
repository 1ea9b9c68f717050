import { addMs, dayMs } from '../../core/instants.ts';
import { confirmationAllowance, domainAllowance } from '../../core/subscriptions/mail-allowances.ts';
import { commonDomains, domainOf, foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { listPending } from '../../db/subscribers/pending-subscriptions.ts';
import { recordUse, takeAllowance, takeDailyAllowance } from '../../db/subscribers/rate-limits.ts';
import { findSuppression } from '../../db/subscribers/subscribers.ts';
import { isLiftedByLink } from '../../db/subscribers/suppressions.ts';
import { addToken } from '../../db/subscribers/tokens.ts';
import { type Keys, makeToken } from '../../keys.ts';

const confirmWithinMs = 7 * dayMs;

/**
 * Plans the confirmation mail within the allowance of the address. Subscriptions that are added without a
 * mail wait for the link of an earlier one. `always`: added manually, whatever the allowance. Returns false
 * if no mail is sent.
 */
export async function requestConfirmation(
  keys: Keys,
  tx: Tx,
  person: { id: number; email: string },
  now: Instant,
  how: { always: boolean; byStaff?: boolean },
): Promise<boolean> {
  const use = {
    addressHash: keys.hashAddress(foldAddress(person.email)),
    kind: 'confirmation',
    byStaff: how.byStaff ?? false,
    now,
  };
  if (how.always) await recordUse(tx, use);
  else if (!(await takeAllowances(keys, tx, person.email, use))) return false;
  const { token, hash } = makeToken();
  await addToken(tx, {
    hash,
    purpose: 'confirm',
    subscriberId: person.id,
    createdAt: now,
    expiresAt: addMs(now, confirmWithinMs),
  });
  // The token is random; the row stores it encrypted until the mail is sent.
  const params = keys.encrypt(JSON.stringify({ token }));
  await planDelivery(tx, { kind: 'confirmation', subscriberId: person.id, address: null, params, now });
  return true;
}

/** Takes the mailbox's share first: requests that it refuses must not use up the domain's. */
async function takeAllowances(
  keys: Keys,
  tx: Tx,
  email: string,
  use: { addressHash: Buffer; kind: string; byStaff: boolean; now: Instant },
): Promise<boolean> {
  if (!(await takeAllowance(tx, { ...use, ...confirmationAllowance }))) return false;
  if (use.byStaff) return true;
  const { common, other } = domainAllowance;
  const most = commonDomains.includes(domainOf(email)) ? common : other;
  return takeDailyAllowance(tx, { addressHash: keys.hashDomain(email), kind: 'domain', most, now: use.now });
}

/** The outcome of asking for the confirmation mail again. `refused`: the allowance is used up for now. */
export type ConfirmationOutcome = 'asked' | 'refused' | 'stopped' | 'nothing-waits';

/**
 * Plans the confirmation mail again if something is pending and the allowance of the address permits it (P3).
 * After bounces a reader, but not staff, can still have it mailed (B6).
 */
export async function requestConfirmationAgain(
  keys: Keys,
  tx: Tx,
  person: { id: number; email: string },
  now: Instant,
  by: 'reader' | 'staff',
): Promise<ConfirmationOutcome> {
  const suppression = await findSuppression(tx, keys, person.email);
  if (suppression !== null && !(by === 'reader' && isLiftedByLink(suppression))) return 'stopped';
  const waiting = await listPending(tx, person.id);
  if (!waiting || waiting.choices.length + waiting.lists.length === 0) return 'nothing-waits';
  const isAsked = await requestConfirmation(keys, tx, person, now, { always: false });
  return isAsked ? 'asked' : 'refused';
}
