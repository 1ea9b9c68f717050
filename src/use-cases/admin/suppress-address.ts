import type { Instant } from '../../core/trial.ts';
import { suppressAddress } from '../../db/delivery/bounces.ts';
import { findSuppression } from '../../db/subscribers/subscribers.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import { liftSuppression, type Suppression } from '../../db/subscribers/suppressions.ts';
import { withoutAddresses } from '../../errors.ts';
import type { UseCaseContext } from '../context.ts';
import { subscriberSubject, type WriteAuditEntry } from './audit.ts';

/** An address, with the number of its subscriber; null if there is none. */
export type Owner = { id: number | null; email: string };

type Context = Pick<UseCaseContext, 'db' | 'keys'>;

const subjectOf = ({ id }: Owner) => (id === null ? 'suppression' : subscriberSubject(id));

/**
 * Suppresses an address manually. Returns false and writes nothing if it is already suppressed or its owner
 * is gone.
 */
export async function suppressByHand(
  { db, keys }: Context,
  log: WriteAuditEntry,
  owner: Owner,
  { why, reason }: { why: 'never' | 'complaint'; reason: string },
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    // No hash of a person erased meanwhile may be stored.
    if (owner.id !== null && !(await lockSubscriber(tx, owner.id))) return false;
    if (await findSuppression(tx, keys, owner.email)) return false;
    const changed = await suppressAddress(tx, keys.hashAddress(owner.email), why, now);
    if (changed) await log(tx, { subject: subjectOf(owner), reason, details: { why } });
    return changed;
  });
}

/**
 * Lifts the suppression of an address; the reason is kept without it. Null if the address was not suppressed.
 */
export async function liftByHand(
  { db, keys }: Context,
  log: WriteAuditEntry,
  owner: Owner,
  reason: string,
  now: Instant,
): Promise<Suppression | null> {
  return db.transaction().execute(async (tx) => {
    const lifted = await liftSuppression(tx, keys, owner.email, { why: withoutAddresses(reason), now });
    if (!lifted) return null;
    const details = { why: lifted.reason, since: lifted.since };
    await log(tx, { subject: subjectOf(owner), reason, details });
    return lifted;
  });
}
