import { sql } from 'kysely';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';

type Row = Record<string, unknown>;

/**
 * All that is stored of a person, with what is sealed opened, and nothing of anybody else's (P5). What is stored only as
 * a hash is named by its purpose. `withoutNotes` stands in the place of what is private even to admins (P12); `beside`
 * writes down in the same transaction that it was read. Null when there is none.
 */
export async function readEverything(
  db: Db,
  keys: Keys,
  subscriberId: number,
  how: { withoutNotes?: string; beside?: (tx: Tx) => Promise<void> } = {},
): Promise<object | null> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const person = await tx
        .selectFrom('subscribers')
        .selectAll()
        .where('id', '=', subscriberId)
        .executeTakeFirst();
      if (!person) return null;
      await how.beside?.(tx);
      const open = (sealed: unknown) => (Buffer.isBuffer(sealed) ? keys.decrypt(sealed) : null);
      const openNote = (sealed: unknown) => (sealed && how.withoutNotes ? how.withoutNotes : open(sealed));
      const { address, address_hash: hash, domain_hash: _domain, ...settings } = person;
      const subscriptions = await readRows(tx, 'subscriptions', subscriberId);
      const consents =
        await sql<Row>`select k.* from consents k join subscriptions s on s.id = k.subscription_id
        where s.subscriber_id = ${subscriberId} order by k.id`.execute(tx);
      const told = await sql<Row>`
        select i.change_id, i.subscription_id, i.digest_id, i.kind, t.registry_id as trial, c.change, c.detected_at
        from digest_items i join changes c on c.id = i.change_id join trials t on t.id = c.trial_id
        where i.subscriber_id = ${subscriberId} order by i.change_id`.execute(tx);
      const tokens = await sql<Row>`select purpose, params, created_at, expires_at, consumed_at from tokens
        where subscriber_id = ${subscriberId} order by created_at, purpose`.execute(tx);
      const mails = await readRows(tx, 'deliveries', subscriberId);
      return {
        address: open(address),
        settings,
        subscriptions: subscriptions.map(({ note, list_name, ...one }) => ({
          ...one,
          note: openNote(note),
          list_name: openNote(list_name),
          consents: consents.rows.filter(({ subscription_id }) => subscription_id === one.id),
        })),
        digests: await readRows(tx, 'digests', subscriberId),
        told: told.rows,
        // What a mail that was not sent yet is made of is an acting link: it goes to the mailbox alone.
        mails: mails.map(({ address: to, params: _params, ...mail }) => ({ ...mail, address: open(to) })),
        came_back: await sql<Row>`select delivery_id, kind, bounced_at from bounces
          where subscriber_id = ${subscriberId} order by bounced_at, delivery_id`
          .execute(tx)
          .then(({ rows }) => rows),
        links: tokens.rows.map(({ params, ...token }) => ({ ...token, address: open(params) })),
        mails_asked_for: await sql<Row>`select kind, times, first_at, last_at from asks
          where address_hash = ${hash} order by kind`
          .execute(tx)
          .then(({ rows }) => rows),
        mail_stopped: await sql<Row>`select reason, since from suppressions
          where address_hash = ${hash}`
          .execute(tx)
          .then(({ rows }) => rows),
      };
    });
}

async function readRows(
  tx: Tx,
  table: 'subscriptions' | 'digests' | 'deliveries',
  subscriberId: number,
): Promise<Row[]> {
  const { rows } = await sql<Row>`select * from ${sql.table(table)}
    where subscriber_id = ${subscriberId} order by id`.execute(tx);
  return rows;
}

/**
 * Erases a person: everything that is theirs goes, in one transaction. `never` leaves a hash of the address behind, with
 * its reason, so that no mail ever goes there again unless its owner asks for it (P5). `beside` writes down in the same
 * transaction that it was done. False when there is none.
 */
export async function erasePerson(
  db: Db,
  keys: Keys,
  subscriberId: number,
  how: {
    never: boolean;
    fold: (address: string) => string;
    now: string;
    beside?: (tx: Tx) => Promise<void>;
  },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ address: Buffer; hash: Buffer }>`
      select address, address_hash as hash from subscribers where id = ${subscriberId} for update`.execute(
      tx,
    );
    const [person] = rows;
    if (!person) return false;
    const hashes = [person.hash, keys.hashAddress(how.fold(keys.decrypt(person.address)))];
    await sql`delete from asks where address_hash = any(${hashes}::bytea[])`.execute(tx);
    if (how.never)
      await sql`insert into suppressions (address_hash, reason, since) values (${person.hash}, 'never', ${how.now})
        on conflict (address_hash) do nothing`.execute(tx);
    await tx.deleteFrom('subscribers').where('id', '=', subscriberId).execute();
    await how.beside?.(tx);
    return true;
  });
}
