import { foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { suppressAddress } from '../../db/delivery/bounces.ts';
import { deletePerson, lockAddress } from '../../db/subscribers/person-data.ts';
import { deleteAllowances } from '../../db/subscribers/rate-limits.ts';
import type { UseCaseContext } from '../context.ts';
import { endListsOf } from '../lists/own-lists.ts';

/**
 * Erases a person and all their data, at once and permanently (P5); their lists end, and followers keep what those
 * brought. `never` keeps a hash of the address with
 * a reason, so that no mail goes there unless its owner asks for it. `beside` runs in the same transaction.
 * Returns false if the person does not exist.
 */
export async function erasePerson(
  { db, keys }: Pick<UseCaseContext, 'db' | 'keys'>,
  subscriberId: number,
  { never, beside }: { never: boolean; beside?: (tx: Tx) => Promise<void> },
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const person = await lockAddress(tx, subscriberId);
    if (!person) return false;
    const folded = keys.hashAddress(foldAddress(keys.decrypt(person.address)));
    await deleteAllowances(tx, [person.addressHash, folded]);
    if (never) await suppressAddress(tx, person.addressHash, 'never', now);
    await endListsOf(tx, subscriberId, now);
    await deletePerson(tx, subscriberId);
    await beside?.(tx);
    return true;
  });
}
