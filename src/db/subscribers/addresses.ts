import { sql } from 'kysely';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';

/** Whether a hash belongs to a subscriber's present address. */
export async function isAddressOf(tx: Tx, subscriberId: number, addressHash: Buffer): Promise<boolean> {
  const row = await tx
    .selectFrom('subscribers')
    .select('id')
    .where('id', '=', subscriberId)
    .where('address_hash', '=', addressHash)
    .executeTakeFirst();
  return row !== undefined;
}

/** A subscriber with the address that was looked up. */
export type AddressOwner = { id: number; address: Buffer; timezone: string; hour: number };

/**
 * Lists the subscribers with an address, whatever the case of its letters. One with the same spelling comes first. There
 * are several only if they signed up when the case counted (B7).
 */
export async function listOwners(
  db: Db | Tx,
  keys: Keys,
  email: string,
  isLocked = false,
): Promise<AddressOwner[]> {
  const { rows } = await sql<AddressOwner>`select id, address, timezone, hour from subscribers
    where address_hash = ${keys.hashAddress(email)} order by duplicate ${isLocked ? sql`for update` : sql``}`.execute(
    db,
  );
  return writtenFirst(keys, rows, email);
}

/** Sorts rows of one address: those with the same spelling come first. */
export function writtenFirst<T extends { address: Buffer }>(keys: Keys, rows: T[], email: string): T[] {
  if (rows.length < 2) return rows;
  const isWrittenSo = ({ address }: T) => keys.decrypt(address) === email.trim();
  return rows.toSorted((a, b) => Number(isWrittenSo(b)) - Number(isWrittenSo(a)));
}

/** Returns the ids of subscribers who share an address, by address. They signed up when the case of letters counted. */
export async function listDuplicates(db: Db): Promise<number[][]> {
  const { rows } = await sql<{
    ids: string[];
  }>`select array_agg(id order by duplicate, id) as ids from subscribers
    where address_hash in (select address_hash from subscribers where duplicate > 0)
    group by address_hash having count(*) > 1 order by min(id)`.execute(db);
  return rows.map(({ ids }) => ids.map(Number));
}

/**
 * Changes a person's address, or its spelling. Links derived for the person before stop working. False, and
 * nothing changed, if another person has the address; true, and nothing changed, if they already have it in
 * this spelling.
 */
export async function setAddress(tx: Tx, keys: Keys, subscriberId: number, email: string): Promise<boolean> {
  const owners = await listOwners(tx, keys, email, true);
  const own = owners.find(({ id }) => id === subscriberId);
  if (!own && owners.length > 0) return false;
  if (own && keys.decrypt(own.address) === email) return true;
  await sql`
    update subscribers set address = ${keys.encrypt(email)}, address_hash = ${keys.hashAddress(email)},
      duplicate = case when ${own !== undefined} then duplicate else 0 end,
      domain_hash = ${keys.hashDomain(email)}, link_generation = link_generation + 1
    where id = ${subscriberId}`.execute(tx);
  // Refusals of the old address say nothing about the new one.
  await tx.deleteFrom('refused_mails').where('subscriber_id', '=', subscriberId).execute();
  return true;
}
