import type { Db, Tx } from '../connect.ts';

/** PostgreSQL's code for a transaction that another one was in the way of. */
const serializationFailure = '40001';
const triesAtMost = 3;

/**
 * Does work in a transaction that sees one instant and is rolled back whatever happens: what would be written can be looked
 * at, and nothing of it stays. Where another process changes the same rows just then, it is done again.
 */
export async function rollbackAlways<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const tx = await db.startTransaction().setIsolationLevel('repeatable read').execute();
    try {
      return await work(tx);
    } catch (error) {
      if ((error as { code?: string }).code !== serializationFailure || tries === triesAtMost) throw error;
    } finally {
      await tx.rollback().execute();
    }
  }
}
