import { sql } from 'kysely';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';
import { listOwners } from './addresses.ts';
import { readSuppression } from './suppressions.ts';

/** Finds or adds the subscriber with this address. An existing one keeps zone, hour and language. */
export async function findOrAddSubscriber(
  tx: Tx,
  keys: Keys,
  person: {
    email: string;
    language: string;
    timezone: string;
    hour: number;
    subject?: SubjectStyle;
    weeklyCap?: number | null;
    now: Instant;
  },
): Promise<{ id: number; timezone: string; hour: number; isNew: boolean }> {
  const [known] = await listOwners(tx, keys, person.email, true);
  if (known) return { ...known, isNew: false };
  const added = await tx
    .insertInto('subscribers')
    .values({
      address: keys.encrypt(person.email.trim()),
      address_hash: keys.hashAddress(person.email),
      domain_hash: keys.hashDomain(person.email),
      language: person.language,
      timezone: person.timezone,
      hour: person.hour,
      subject: person.subject ?? 'neutral',
      weekly_cap: person.weeklyCap ?? null,
      next_due_at: null,
      last_digest_at: null,
      created_at: person.now,
    })
    .onConflict((conflict) => conflict.columns(['address_hash', 'duplicate']).doNothing())
    .returning(['id', 'timezone', 'hour'])
    .executeTakeFirst();
  if (added) return { ...added, isNew: true };
  const [found] = await listOwners(tx, keys, person.email, true);
  if (!found) throw new Error('an address that is taken has no subscriber');
  return { ...found, isNew: false };
}

/** Whether a row of `subscribers` is of a person who has confirmed something, even if it has ended, or has a list. */
const hasConfirmed = sql`
  exists (select from subscriptions s where s.subscriber_id = subscribers.id and s.state <> 'pending')
  or exists (select from list_follows f where f.subscriber_id = subscribers.id and f.confirmed_at is not null)
  or exists (select from lists l where l.subscriber_id = subscribers.id and l.ended_at is null)`;

/** Updates hour, zone, language, subject and weekly limit of a person who has confirmed nothing yet; others keep theirs. */
export async function settleUnconfirmed(
  tx: Tx,
  id: number,
  chosen: {
    timezone: string;
    hour: number;
    language: string;
    subject: SubjectStyle;
    weeklyCap: number | null;
  },
): Promise<boolean> {
  const result = await tx
    .updateTable('subscribers')
    .set({
      timezone: chosen.timezone,
      hour: chosen.hour,
      language: chosen.language,
      subject: chosen.subject,
      weekly_cap: chosen.weeklyCap,
    })
    .where('id', '=', id)
    .where(sql<boolean>`not (${hasConfirmed})`)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** A subscriber's address; null if the id does not exist. */
export async function readAddress(db: Db | Tx, keys: Keys, id: number): Promise<string | null> {
  const row = await db.selectFrom('subscribers').select('address').where('id', '=', id).executeTakeFirst();
  return row ? keys.decrypt(row.address) : null;
}

/** The subscriber with this address, whatever the case of its letters; null if there is none. */
export async function findSubscriber(db: Db | Tx, keys: Keys, email: string): Promise<number | null> {
  return (await listOwners(db, keys, email))[0]?.id ?? null;
}

/** Why mail to an address is suppressed; null if it is not. */
export async function findSuppression(db: Db | Tx, keys: Keys, email: string): Promise<string | null> {
  return (await readSuppression(db, keys, email))?.reason ?? null;
}

/** Whether mail to this subscriber is suppressed. */
export async function isSuppressed(db: Db, subscriberId: number | null): Promise<boolean> {
  const row = await db
    .selectFrom('subscribers')
    .innerJoin('suppressions', 'suppressions.address_hash', 'subscribers.address_hash')
    .select('subscribers.id')
    .where('subscribers.id', '=', subscriberId ?? -1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * The person to whom a manage link may be mailed: one who has confirmed something, even if it is paused or stopped, or
 * who has a list.
 * A null generation matches any.
 */
export async function findManager(
  tx: Tx,
  { subscriberId, generation }: { subscriberId: number; generation: number | null },
): Promise<{ id: number; addressHash: Buffer } | null> {
  const { rows } = await sql<{ id: number; addressHash: Buffer }>`
    select id, address_hash as "addressHash" from subscribers
    where id = ${subscriberId} and link_generation = coalesce(${generation}::int, link_generation)
      and (${hasConfirmed})`.execute(tx);
  return rows[0] ?? null;
}
