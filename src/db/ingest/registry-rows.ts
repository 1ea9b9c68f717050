import { sql } from 'kysely';
import type { Day, Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** A row of a registry's list, as it was when its record was last read. */
export type StoredRow = { id: string; hash: string; row: unknown };

/** The hashes of a registry's rows by id, as of the last reading of each record. */
export async function readRowHashes(db: Db, registry: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('registry_rows')
    .select(['id', 'hash'])
    .where('registry', '=', registry)
    .execute();
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

/** A registry's rows after an id, in the order of their ids. */
export async function listRowsAfter(
  db: Db,
  registry: string,
  after: string,
  atMost: number,
): Promise<{ id: string; row: unknown }[]> {
  return db
    .selectFrom('registry_rows')
    .select(['id', 'row'])
    .where('registry', '=', registry)
    .where('id', '>', after)
    .orderBy('id')
    .limit(atMost)
    .execute();
}

/** Stores rows whose records were read, or need not be read. */
export async function writeRows(
  db: Db | Tx,
  registry: string,
  rows: readonly StoredRow[],
  seenAt: Instant,
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into registry_rows (registry, id, hash, row, seen_at)
    select ${registry}, r.id, r.hash, r.row::jsonb, ${seenAt}::timestamptz
    from unnest(${rows.map(({ id }) => id)}::text[], ${rows.map(({ hash }) => hash)}::text[],
      ${rows.map(({ row }) => JSON.stringify(row))}::text[]) as r (id, hash, row)
    on conflict (registry, id) do update set hash = excluded.hash, row = excluded.row, seen_at = excluded.seen_at`.execute(
    db,
  );
}

/** Marks the rows of a whole list as seen, and forgets those that were not listed since `forgetBefore`. */
export async function closeRows(
  tx: Tx,
  registry: string,
  ids: readonly string[],
  { seenAt, forgetBefore }: { seenAt: Instant; forgetBefore: Instant },
): Promise<void> {
  await sql`update registry_rows set seen_at = ${seenAt}
    where registry = ${registry} and id = any(${ids}::text[])`.execute(tx);
  await sql`delete from registry_rows where registry = ${registry} and seen_at < ${forgetBefore}`.execute(tx);
}

/** A stored trial: whether it is missing from its registry, and the day of its record's last update. */
export type StoredState = { isMissing: boolean; updatedOn: Day | null };

/** The stored trials of a registry by id. */
export async function listStoredStates(db: Db, registry: string): Promise<Map<string, StoredState>> {
  const rows = await db
    .selectFrom('trials')
    .select(['registry_id', 'missing_count', 'removed_at', 'last_update_posted_on'])
    .where('registry', '=', registry)
    .execute();
  return new Map(
    rows.map((row) => [
      row.registry_id,
      {
        isMissing: (row.missing_count ?? 0) > 0 || row.removed_at !== null,
        updatedOn: row.last_update_posted_on,
      },
    ]),
  );
}
