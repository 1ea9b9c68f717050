import type { Tx } from '../../db/connect.ts';
import { readEverything } from '../../db/subscribers/person-data.ts';
import type { UseCaseContext } from '../context.ts';

/**
 * Exports everything stored about a person, as of one instant (P5). `withoutNotes` replaces private notes and
 * list names. `beside` runs in the same transaction. Returns null if the person does not exist.
 */
export async function exportPerson(
  { db, keys }: Pick<UseCaseContext, 'db' | 'keys'>,
  subscriberId: number,
  how: { withoutNotes?: string; beside?: (tx: Tx) => Promise<void> } = {},
): Promise<object | null> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const everything = await readEverything(tx, keys, subscriberId, how);
      if (everything) await how.beside?.(tx);
      return everything;
    });
}
