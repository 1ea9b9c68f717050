import { sql } from 'kysely';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';
import { readSetting } from '../settings.ts';

/** The last subscriber whose hash was checked, or `done`. */
const progressSetting = 'address-hashes';
const atOnce = 1_000;

/**
 * Updates the hashes of stored addresses after an earlier version in which the case of letters counted (B7). Each chunk
 * has its own transaction, and the next start continues after a kill. Two subscribers who share an address are both
 * kept. Expects the key of this database.
 */
export async function rehashAddresses(db: Db, keys: Keys): Promise<void> {
  if ((await readSetting(db, progressSetting)) === 'done') return;
  await sql`insert into settings (name, value) values (${progressSetting}, '0') on conflict do nothing`.execute(
    db,
  );
  while (await db.transaction().execute((tx) => rehashChunk(tx, keys)));
}

/** Returns false when nothing is left to do. One process at a time works on a chunk. */
async function rehashChunk(tx: Tx, keys: Keys): Promise<boolean> {
  const { rows: progress } = await sql<{ value: string }>`
    select value from settings where name = ${progressSetting} for update`.execute(tx);
  const after = progress[0]?.value ?? 'done';
  if (after === 'done') return false;
  const { rows } = await sql<{ id: number; address: Buffer; hash: Buffer }>`
    select id, address, address_hash as hash from subscribers where id > ${after}::bigint
    order by id limit ${atOnce} for update`.execute(tx);
  const changed = rows.flatMap((row) => {
    const now = hashNow(keys, row.address);
    return now === null || now.equals(row.hash) ? [] : { ...row, now };
  });
  if (changed.length > 0) await moveHashes(tx, changed);
  const reached = rows.length < atOnce ? 'done' : String(rows.at(-1)?.id);
  await sql`update settings set value = ${reached} where name = ${progressSetting}`.execute(tx);
  return reached !== 'done';
}

/** Returns null if the address cannot be decrypted. No mail can go there either. */
function hashNow(keys: Keys, address: Buffer): Buffer | null {
  try {
    return keys.hashAddress(keys.decrypt(address));
  } catch {
    return null;
  }
}

async function moveHashes(tx: Tx, changed: { id: number; hash: Buffer; now: Buffer }[]): Promise<void> {
  const pairs = sql`unnest(${changed.map(({ id }) => id)}::bigint[], ${changed.map(({ hash }) => hash)}::bytea[],
    ${changed.map(({ now }) => now)}::bytea[]) as u (id, old, new)`;
  await sql`update subscribers p set address_hash = n.new, duplicate = n.first + n.nth
    from (
      select id, new, row_number() over (partition by new order by id) - 1 as nth,
        (select coalesce(max(duplicate) + 1, 0) from subscribers t where t.address_hash = u.new) as first
      from ${pairs}) as n
    where p.id = n.id`.execute(tx);
  // Of several reasons, one that only staff can lift stays; otherwise the oldest.
  await sql`insert into suppressions as s (address_hash, reason, since, because)
    select distinct on (u.new) u.new, o.reason, o.since, o.because
    from ${pairs} join suppressions o on o.address_hash = u.old
    order by u.new, o.reason not in ('complaint', 'never'), o.since
    on conflict (address_hash) do update
      set reason = excluded.reason, since = excluded.since, because = excluded.because
      where excluded.reason in ('complaint', 'never') and s.reason not in ('complaint', 'never')`.execute(tx);
  const olds = sql`any(${changed.map(({ hash }) => hash)}::bytea[])`;
  await sql`delete from suppressions where address_hash = ${olds}`.execute(tx);
  // Daily counts are deleted; weekly ones use the folded address, which never had capitals.
  await sql`delete from rate_limits where address_hash = ${olds}`.execute(tx);
}
