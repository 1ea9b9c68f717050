import type { BulkAct, BulkLine } from '../../core/subscriptions/bulk.ts';
import type { Instant } from '../../core/trial.ts';
import { addBulkJob, type BulkJob, claimBulkJob, readLines } from '../../db/admin/bulk-jobs.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import type { UseCaseContext } from '../context.ts';
import type { WriteAuditEntry } from './audit.ts';

/** The name of a list in the audit log. */
const listSubject = (id: number) => `list ${id}`;

/**
 * Stores a list that was checked; no line is processed yet. Checking reveals what people follow, so it is
 * logged.
 */
export async function keepBulk(
  { db, keys }: Pick<UseCaseContext, 'db' | 'keys'>,
  log: WriteAuditEntry,
  bulk: Parameters<typeof addBulkJob>[2],
  details: Record<string, unknown>,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const id = await addBulkJob(tx, keys, bulk);
    await log(tx, { subject: listSubject(id), details });
    return id;
  });
}

/**
 * Starts processing a list; the workers do its parts. Returns false if it was already started, or there is
 * nothing to do.
 */
export async function startBulk(
  context: UseCaseContext,
  log: WriteAuditEntry,
  start: { id: number; act: BulkAct; by: string; reason: string },
  now: Instant,
): Promise<boolean> {
  const { db, keys } = context;
  const { id, act, by, reason } = start;
  const requestIds = await db.transaction().execute(async (tx) => {
    const claimed = await claimBulkJob(tx, { id, act, by, now });
    if (!claimed) return null;
    const { people, subscriptions, what } = claimed.figures;
    const details = { ...(what === undefined ? {} : { what }), people, subscriptions };
    await log(tx, { subject: listSubject(id), reason, details });
    const ids: number[] = [];
    for (let part = 0; part < claimed.parts; part++) {
      const params = keys.encrypt(JSON.stringify({ bulkId: id, part }));
      ids.push(await addRequest(tx, { kind: `bulk-${act}`, params, now }));
    }
    return ids;
  });
  if (requestIds === null) return false;
  await context.enqueue(
    'requests',
    requestIds.map((requestId) => ({ requestId })),
  );
  return true;
}

/** Returns every line of a list with its answer. The lines contain addresses, so this is logged. */
export async function readBulkLines(
  { db, keys }: Pick<UseCaseContext, 'db' | 'keys'>,
  log: WriteAuditEntry,
  { id, figures }: BulkJob,
): Promise<BulkLine[]> {
  return db.transaction().execute(async (tx) => {
    await log(tx, { subject: listSubject(id), details: { lines: figures.lines } });
    return readLines(tx, keys, id);
  });
}
