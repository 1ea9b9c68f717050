import { sql } from 'kysely';
import type { Keys } from '../../keys.ts';
import type { Tx } from '../connect.ts';

/** Whether a hash is that of a subscriber's present address. */
export async function isAddressOf(tx: Tx, subscriberId: number, addressHash: Buffer): Promise<boolean> {
  const row = await tx
    .selectFrom('subscribers')
    .select('id')
    .where('id', '=', subscriberId)
    .where('address_hash', '=', addressHash)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Gives a person another address. Links derived for them before act no more. False, with nothing changed, when somebody
 * else has the address; true, with nothing changed, when it is theirs already.
 */
export async function setAddress(tx: Tx, keys: Keys, subscriberId: number, email: string): Promise<boolean> {
  const hash = keys.hashAddress(email);
  const { rows } = await sql<{ id: number }>`
    select id from subscribers where address_hash = ${hash} for update`.execute(tx);
  const [owner] = rows;
  if (owner) return owner.id === subscriberId;
  await sql`
    update subscribers set address = ${keys.encrypt(email)}, address_hash = ${hash},
      domain_hash = ${keys.hashDomain(email)}, link_generation = link_generation + 1
    where id = ${subscriberId}`.execute(tx);
  // Refusals of the old address say nothing about the new one.
  await tx.deleteFrom('refused_mails').where('subscriber_id', '=', subscriberId).execute();
  return true;
}
