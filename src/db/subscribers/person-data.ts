import { type RawBuilder, sql } from 'kysely';
import { openContent, type StoredContent } from '../../core/digests/stored-digest.ts';
import type { Keys } from '../../keys.ts';
import type { Tx } from '../connect.ts';
import { storedContent } from '../stored-content.ts';

type Row = Record<string, unknown>;

/**
 * Reads everything stored about a person, decrypted, and nothing about anybody else (P5). Data stored only as
 * a hash is listed by its purpose. `withoutNotes` replaces private texts that even admins must not see (P12).
 * Null if there is no such person. Needs a transaction that sees one instant.
 */
export async function readEverything(
  tx: Tx,
  keys: Keys,
  subscriberId: number,
  { withoutNotes = null }: { withoutNotes?: string | null } = {},
): Promise<object | null> {
  const person = await tx
    .selectFrom('subscribers')
    .selectAll()
    .where('id', '=', subscriberId)
    .executeTakeFirst();
  if (!person) return null;
  const open = (sealed: unknown) => (Buffer.isBuffer(sealed) ? keys.decrypt(sealed) : null);
  const openNote = (sealed: unknown) => (sealed && withoutNotes !== null ? withoutNotes : open(sealed));
  const { address, address_hash: hash, domain_hash: _domain, ...settings } = person;
  const read = async (statement: RawBuilder<Row>) => (await statement.execute(tx)).rows;
  const subscriptions = await readRows(tx, 'subscriptions', subscriberId);
  const consents = await read(sql`
    select k.* from consents k join subscriptions s on s.id = k.subscription_id
    where s.subscriber_id = ${subscriberId} order by k.id`);
  const tokens = await read(sql`
    select purpose, params, created_at, expires_at, consumed_at from tokens
    where subscriber_id = ${subscriberId} order by created_at, purpose`);
  const mails = await readRows(tx, 'deliveries', subscriberId);
  return {
    address: open(address),
    settings,
    subscriptions: subscriptions.map(({ note, list_name, ...one }) => ({
      ...one,
      note: openNote(note),
      list_name: openNote(list_name),
      consents: consents.filter(({ subscription_id }) => subscription_id === one.id),
    })),
    lists: await read(sql`
      select l.id, l.slug, l.name, l.organization, l.created_at, l.changed_at, l.ended_at, (
        select jsonb_agg(jsonb_build_object('words', e.words, 'reason', e.reason, 'added_at', e.added_at,
          'removed_at', e.removed_at) order by e.id) from list_entries e where e.list_id = l.id) as entries, (
        select jsonb_agg(jsonb_build_object('ordered_at', r.ordered_at, 'due_at', r.due_at,
          'promised_at', r.promised_at, 'cancelled_at', r.cancelled_at, 'cancelled_by', r.cancelled_by,
          'introduction', r.content->'introduction', 'contact', r.content->'contact', 'period', r.content->'period')
          order by r.id) from list_reports r where r.list_id = l.id) as reports
      from lists l where l.subscriber_id = ${subscriberId} order by l.id`),
    followed_lists: await read(sql`
      select f.id, l.name as list, f.frequency, f.created_at, f.confirmed_at, f.ended_at, f.wording_version, f.wording_hash,
        f.way, f.min_age, f.wants_reports
      from list_follows f join lists l on l.id = f.list_id where f.subscriber_id = ${subscriberId} order by f.id`),
    digests: await readDigests(tx, subscriberId),
    told: await read(sql`
      select i.change_id, i.subscription_id, i.digest_id, i.kind, t.registry_id as trial, c.change, c.detected_at
      from digest_items i join changes c on c.id = i.change_id join trials t on t.id = c.trial_id
      where i.subscriber_id = ${subscriberId} order by i.change_id`),
    // The parameters of an unsent mail are a working link: only the mailbox gets them.
    mails: mails.map(({ address: to, params: _params, ...mail }) => ({ ...mail, address: open(to) })),
    came_back: await read(sql`
      select delivery_id, kind, bounced_at from bounces
      where subscriber_id = ${subscriberId} order by bounced_at, delivery_id`),
    mails_refused_in_a_row: await read(sql`
      select delivery_id, is_doubtful, written_at from refused_mails
      where subscriber_id = ${subscriberId} order by delivery_id`),
    links: tokens.map(({ params, ...token }) => ({ ...token, address: open(params) })),
    mails_asked_for: await read(sql`
      select kind, times, first_at, last_at from rate_limits where address_hash = ${hash} order by kind`),
    mail_stopped: await read(
      sql`select reason, since, because from suppressions where address_hash = ${hash}`,
    ),
  };
}

async function readRows(tx: Tx, table: 'subscriptions' | 'deliveries', subscriberId: number): Promise<Row[]> {
  const { rows } = await sql<Row>`select * from ${sql.table(table)}
    where subscriber_id = ${subscriberId} order by id`.execute(tx);
  return rows;
}

async function readDigests(tx: Tx, subscriberId: number): Promise<Row[]> {
  const { rows } = await sql<Row & { content: StoredContent }>`
    select id, subscriber_id, horizon, ${storedContent} as content, due_at, planned_at
    from digests g where subscriber_id = ${subscriberId} order by id`.execute(tx);
  return rows.map((row) => ({ ...row, content: openContent(row.content) }));
}

/** Locks a person's address for the transaction; null if there is no such person. */
export async function lockAddress(
  tx: Tx,
  subscriberId: number,
): Promise<{ address: Buffer; addressHash: Buffer } | null> {
  const { rows } = await sql<{ address: Buffer; addressHash: Buffer }>`
    select address, address_hash as "addressHash" from subscribers where id = ${subscriberId} for update`.execute(
    tx,
  );
  return rows[0] ?? null;
}

/** Deletes a person and every row that belongs to them. */
export async function deletePerson(tx: Tx, subscriberId: number): Promise<void> {
  await tx.deleteFrom('subscribers').where('id', '=', subscriberId).execute();
}
