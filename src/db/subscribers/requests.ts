import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** Stores a request from a page, encrypted, until a worker has handled it. Returns its id. */
export async function addRequest(
  db: Db | Tx,
  request: { kind: string; params: Buffer; now: Instant },
): Promise<number> {
  const { id } = await db
    .insertInto('requests')
    .values({ kind: request.kind, params: request.params, due_at: request.now, created_at: request.now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Takes a request in the transaction that handles it; null if it is done or another process has it. */
export async function takeRequest(
  tx: Tx,
  id: number,
): Promise<{ kind: string; params: Buffer; createdAt: Instant } | null> {
  const row = await tx
    .deleteFrom('requests')
    .where('id', 'in', (inner) =>
      inner.selectFrom('requests').select('id').where('id', '=', id).forUpdate().skipLocked(),
    )
    .returning(['kind', 'params', 'created_at'])
    .executeTakeFirst();
  return row ? { kind: row.kind, params: row.params, createdAt: row.created_at } : null;
}

/** Postpones a request that failed, until the result of `whenNext` for the number of earlier attempts. */
export async function postponeRequest(
  db: Db,
  id: number,
  whenNext: (tried: number) => Instant,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('requests')
      .select('attempts')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return;
    await tx
      .updateTable('requests')
      .set({ attempts: row.attempts + 1, due_at: whenNext(row.attempts) })
      .where('id', '=', id)
      .execute();
  });
}

/** The waiting requests, oldest first. */
export async function listDueRequests(db: Db, now: Instant, atMost: number): Promise<number[]> {
  const rows = await db
    .selectFrom('requests')
    .select('id')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(atMost)
    .execute();
  return rows.map(({ id }) => id);
}
