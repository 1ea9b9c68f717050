import { findSubscriber, findSuppression, readAddress } from '../../db/subscribers/subscribers.ts';
import type { UseCaseContext } from '../context.ts';
import { subscriberSubject, type WriteAuditEntry } from './audit.ts';

type Context = Pick<UseCaseContext, 'db' | 'keys'>;

/**
 * Looks up a person by their exact address. The result reveals whether they are subscribed, so it is logged:
 * by number, or as "nobody". `stopped` is the reason if the address is suppressed.
 */
export async function findPersonByAddress(
  { db, keys }: Context,
  log: WriteAuditEntry,
  email: string,
): Promise<{ id: number | null; stopped: string | null }> {
  return db.transaction().execute(async (tx) => {
    const id = await findSubscriber(tx, keys, email);
    const whose = id === null ? null : await readAddress(tx, keys, id);
    const stopped = await findSuppression(tx, keys, whose ?? email);
    const subject = id === null ? 'nobody' : subscriberSubject(id);
    await log(tx, { subject, details: { stopped: stopped ?? 'no' } });
    return { id, stopped };
  });
}

/**
 * Returns a person's address for an admin, and logs that it was shown (P8). Null if the person does not
 * exist.
 */
export async function showAddressTo(
  { db, keys }: Context,
  log: WriteAuditEntry,
  subscriberId: number,
): Promise<string | null> {
  return db.transaction().execute(async (tx) => {
    const address = await readAddress(tx, keys, subscriberId);
    if (address !== null) await log(tx, { subject: subscriberSubject(subscriberId) });
    return address;
  });
}
