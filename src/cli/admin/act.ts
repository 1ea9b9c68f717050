import { writeAudit } from '../../db/audit-log.ts';
import type { Tx } from '../../db/connect.ts';
import type { Context } from '../../jobs/context.ts';

/** What the audit log says of an act: what it was, and upon what. */
type Entry = { act: string; subject: string; details?: Record<string, unknown> };

/** Does something for whoever is at the command line, and writes it to the audit log in the same transaction (P8). */
export function actByHand<T>(
  { db, now }: Context,
  work: (tx: Tx) => Promise<{ result: T; entry: Entry | null }>,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const { result, entry } = await work(tx);
    if (entry) await writeAudit(tx, { ...entry, actor: 'command line', now: now() });
    return result;
  });
}
