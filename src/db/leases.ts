import { sql } from 'kysely';
import type { Db, Tx } from './connect.ts';

/** An exclusive right for a limited time. `fence` grows with each holder, so a stale holder cannot write. */
export type Lease = { name: string; holder: string; fence: number };

/** Takes a lease that is free or expired, by the database's clock; null if another process holds it. */
export async function takeLease(db: Db, name: string, holder: string, forMs: number): Promise<Lease | null> {
  const { rows } = await sql<{ fence: number }>`
    insert into leases (name, holder, fence, expires_at)
    values (${name}, ${holder}, 1, clock_timestamp() + ${forMs} * interval '1 millisecond')
    on conflict (name) do update
      set holder = excluded.holder, fence = leases.fence + 1, expires_at = excluded.expires_at
      where leases.expires_at <= clock_timestamp()
    returning fence`.execute(db);
  return rows[0] ? { name, holder, fence: rows[0].fence } : null;
}

/** Prolongs a lease; false if it was lost meanwhile. */
export async function renewLease(db: Db, lease: Lease, forMs: number): Promise<boolean> {
  const result = await sql`
    update leases set expires_at = clock_timestamp() + ${forMs} * interval '1 millisecond'
    where name = ${lease.name} and fence = ${lease.fence} and expires_at > clock_timestamp()`.execute(db);
  return result.numAffectedRows === 1n;
}

/** Releases a lease if this holder still has it. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await sql`update leases set expires_at = clock_timestamp()
    where name = ${lease.name} and fence = ${lease.fence}`.execute(db);
}

/** Whether a lease is still held. If so, nobody can take it over until the transaction ends. */
export async function holdsLease(tx: Tx, lease: Lease): Promise<boolean> {
  const { rows } = await sql`
    select 1 from leases where name = ${lease.name} and fence = ${lease.fence} and expires_at > clock_timestamp()
    for share`.execute(tx);
  return rows.length === 1;
}
