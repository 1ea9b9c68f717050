import type { Db, Tx } from '../connect.ts';

/** PostgreSQL's code for a transaction that conflicted with another one. */
const serializationFailure = '40001';
const triesAtMost = 3;

/**
 * Runs work in a transaction that sees one instant and is always rolled back: its writes can be examined, and
 * none remains. Repeats the work if another process changes the same rows at that moment.
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
