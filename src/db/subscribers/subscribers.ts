import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';
import { readFormerKeys } from './former-keys.ts';

/** The subscriber with this address, made when there is none. Their zone, hour and language stay when they exist. */
export async function findOrAddSubscriber(
  tx: Tx,
  keys: Keys,
  person: {
    email: string;
    language: string;
    timezone: string;
    hour: number;
    subject?: SubjectStyle;
    now: Instant;
  },
): Promise<{ id: number; timezone: string; hour: number; isNew: boolean }> {
  const hash = keys.hashAddress(person.email);
  const added = await tx
    .insertInto('subscribers')
    .values({
      address: keys.encrypt(person.email.trim()),
      address_hash: hash,
      domain_hash: keys.hashDomain(person.email),
      language: person.language,
      timezone: person.timezone,
      hour: person.hour,
      subject: person.subject ?? 'neutral',
      next_due_at: null,
      last_digest_at: null,
      created_at: person.now,
    })
    .onConflict((conflict) => conflict.column('address_hash').doNothing())
    .returning(['id', 'timezone', 'hour'])
    .executeTakeFirst();
  if (added) return { ...added, isNew: true };
  const found = await tx
    .selectFrom('subscribers')
    .select(['id', 'timezone', 'hour'])
    .where('address_hash', '=', hash)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return { ...found, isNew: false };
}

/** Takes over hour, zone, language and subject as chosen last by somebody who has confirmed nothing yet; anyone else's stay. */
export async function settleUnconfirmed(
  tx: Tx,
  id: number,
  chosen: { timezone: string; hour: number; language: string; subject: SubjectStyle },
): Promise<boolean> {
  const result = await tx
    .updateTable('subscribers')
    .set({
      timezone: chosen.timezone,
      hour: chosen.hour,
      language: chosen.language,
      subject: chosen.subject,
    })
    .where('id', '=', id)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('subscriptions')
            .select('id')
            .where('subscriber_id', '=', id)
            .where('state', '<>', 'pending'),
        ),
      ),
    )
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** The address of a subscriber; null when there is none of this id. */
export async function readAddress(db: Db | Tx, keys: Keys, id: number): Promise<string | null> {
  const row = await db.selectFrom('subscribers').select('address').where('id', '=', id).executeTakeFirst();
  return row ? keys.decrypt(row.address) : null;
}

/** The subscriber with this address; null when there is none. */
export async function findSubscriber(db: Db | Tx, keys: Keys, email: string): Promise<number | null> {
  const row = await db
    .selectFrom('subscribers')
    .select('id')
    .where('address_hash', '=', keys.hashAddress(email))
    .executeTakeFirst();
  return row?.id ?? null;
}

/**
 * As `findSubscriber`, for an address that staff were told: phones and forms begin it with a capital, and whose has none is
 * found all the same.
 */
export async function findSubscriberTold(db: Db | Tx, keys: Keys, email: string): Promise<number | null> {
  return (await findSubscriber(db, keys, email)) ?? findSubscriber(db, keys, email.toLowerCase());
}

/** Whether mail to an address is stopped for good, and why; null when it is not. */
export async function findSuppression(db: Db | Tx, keys: Keys, email: string): Promise<string | null> {
  for (const { hashAddress } of [keys, ...(await readFormerKeys(db, keys))]) {
    const row = await db
      .selectFrom('suppressions')
      .select('reason')
      .where('address_hash', '=', hashAddress(email))
      .executeTakeFirst();
    if (row) return row.reason;
  }
  return null;
}

/** Whether mail to this subscriber is stopped for good. */
export async function isSuppressed(db: Db, subscriberId: number | null): Promise<boolean> {
  const row = await db
    .selectFrom('subscribers')
    .innerJoin('suppressions', 'suppressions.address_hash', 'subscribers.address_hash')
    .select('subscribers.id')
    .where('subscribers.id', '=', subscriberId ?? -1)
    .executeTakeFirst();
  return row !== undefined;
}
