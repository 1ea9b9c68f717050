import type { Instant } from '../../core/trial.ts';
import { endLists, findListById } from '../../db/lists/lists.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import type { UseCaseContext } from '../context.ts';
import type { ListRequest } from '../subscriptions/sync-lists.ts';
import type { WriteAuditEntry } from './audit.ts';

/**
 * Ends a list that harms, with an entry in the audit log, which names it by number alone. Its followers keep what it
 * brought, and are told once. False if there is no such list.
 */
export async function removeList(
  { db, keys, enqueue }: Pick<UseCaseContext, 'db' | 'keys' | 'enqueue'>,
  log: WriteAuditEntry,
  id: number,
  reason: string,
  now: Instant,
): Promise<boolean> {
  const requestId = await db.transaction().execute(async (tx) => {
    if ((await findListById(tx, id)) === null || (await endLists(tx, { id }, 'admin', now)).length === 0)
      return null;
    await log(tx, { subject: `list ${id}`, reason });
    const ask: ListRequest = { listId: id };
    return addRequest(tx, { kind: 'sync-list', params: keys.encrypt(JSON.stringify(ask)), now });
  });
  if (requestId === null) return false;
  await enqueue('requests', { requestId });
  return true;
}
