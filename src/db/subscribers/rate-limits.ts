import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/**
 * Counts one more requested mail to an address (its keyed, folded hash) if fewer than `most` were granted
 * before (null: any number) and the last one is long enough ago. Otherwise returns false and counts nothing.
 * Of simultaneous calls only one is granted.
 */
export async function takeAllowance(
  tx: Tx,
  use: {
    addressHash: Buffer;
    kind: string;
    most: number | null;
    everyHours: number;
    byStaff?: boolean;
    now: Instant;
  },
): Promise<boolean> {
  const { rows } = await sql`
    insert into rate_limits as l (address_hash, kind, times, first_at, last_at, by_staff)
    values (${use.addressHash}, ${use.kind}, 1, ${use.now}, ${use.now}, ${use.byStaff ?? false})
    on conflict (address_hash, kind) do update
      set times = l.times + 1, last_at = excluded.last_at, by_staff = excluded.by_staff
      where (${use.most}::int is null or l.times < ${use.most}::int)
        and l.last_at <= excluded.last_at - ${use.everyHours}::float8 * interval '1 hour'
    returning times`.execute(tx);
  return rows.length === 1;
}

/** Counts a mail to an address if it got fewer than `most` in the last 24 hours; false otherwise. */
export async function takeDailyAllowance(
  tx: Db | Tx,
  use: { addressHash: Buffer; kind: string; most: number; now: Instant },
): Promise<boolean> {
  const isOld = sql`l.first_at <= excluded.last_at - interval '24 hours'`;
  const { rows } = await sql`
    insert into rate_limits as l (address_hash, kind, times, first_at, last_at)
    values (${use.addressHash}, ${use.kind}, 1, ${use.now}, ${use.now})
    on conflict (address_hash, kind) do update set last_at = excluded.last_at,
      times = case when ${isOld} then 1 else l.times + 1 end,
      first_at = case when ${isOld} then excluded.first_at else l.first_at end
      where ${isOld} or l.times < ${use.most}::int
    returning times`.execute(tx);
  return rows.length === 1;
}

/** Counts a mail that is sent in any case. */
export async function recordUse(
  tx: Tx,
  use: { addressHash: Buffer; kind: string; byStaff?: boolean; now: Instant },
): Promise<void> {
  await sql`
    insert into rate_limits as l (address_hash, kind, times, first_at, last_at, by_staff)
    values (${use.addressHash}, ${use.kind}, 1, ${use.now}, ${use.now}, ${use.byStaff ?? false})
    on conflict (address_hash, kind) do update
      set times = l.times + 1, last_at = excluded.last_at, by_staff = excluded.by_staff`.execute(tx);
}

/** Resets an address's count. */
export async function resetAllowance(tx: Tx, addressHash: Buffer, kind: string): Promise<void> {
  await tx
    .deleteFrom('rate_limits')
    .where('address_hash', '=', addressHash)
    .where('kind', '=', kind)
    .execute();
}

/**
 * The number of unconfirmed addresses that were mailed since an instant, plus waiting sign-ups; requests by
 * staff do not count.
 */
export async function countUsesSince(db: Db, since: Instant): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from rate_limits where kind = 'confirmation' and last_at > ${since} and not by_staff)
      + (select count(*) from requests where kind in ('sign-up', 'confirm-again') and created_at > ${since}) as count`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** Uses up a hash. True for its first use only: for exactly one of several simultaneous calls. */
export async function spendOnce(db: Db, hash: Buffer, now: Instant): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into rate_limits (address_hash, kind, times, first_at, last_at) values (${hash}, 'proof', 1, ${now}, ${now})
    on conflict do nothing`.execute(db);
  return numAffectedRows === 1n;
}

/** The number of requested mails of a kind to an address, and the time of the last; null if none. */
export async function readAllowance(
  db: Db | Tx,
  addressHash: Buffer,
  kind: string,
): Promise<{ times: number; lastAt: Instant } | null> {
  const { rows } = await sql<{ times: number; lastAt: Instant }>`
    select times, last_at as "lastAt" from rate_limits where address_hash = ${addressHash} and kind = ${kind}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Deletes all counts of some addresses. */
export async function deleteAllowances(tx: Tx, addressHashes: readonly Buffer[]): Promise<void> {
  await sql`delete from rate_limits where address_hash = any(${[...addressHashes]}::bytea[])`.execute(tx);
}
