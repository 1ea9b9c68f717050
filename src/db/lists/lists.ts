import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { forgetReports } from './reports.ts';

/** A list. A private one has no slug. */
export type SharedList = {
  id: number;
  ownerId: number | null;
  slug: string | null;
  name: string;
  organization: string;
  revision: number;
  createdAt: Instant;
  changedAt: Instant;
  endedAt: Instant | null;
};

const columns = sql`l.id, l.subscriber_id as "ownerId", l.slug, l.name, l.organization, l.revision,
  l.created_at as "createdAt", l.changed_at as "changedAt", l.ended_at as "endedAt"`;

/** How a list is found by readers: a public one by its slug, a private one by the hash of its link. */
export type ListAddress = { slug: string } | { tokenHash: Buffer };

/** The list with an address, ended or not; null if there is none. */
export async function findList(db: Db | Tx, address: ListAddress): Promise<SharedList | null> {
  const which = 'slug' in address ? sql`l.slug = ${address.slug}` : sql`l.token_hash = ${address.tokenHash}`;
  const { rows } = await sql<SharedList>`select ${columns} from lists l where ${which}`.execute(db);
  return rows[0] ?? null;
}

/** A living list by its id; null if there is none. */
export async function findListById(db: Db | Tx, id: number): Promise<SharedList | null> {
  const { rows } = await sql<SharedList>`
    select ${columns} from lists l where l.id = ${id} and l.ended_at is null`.execute(db);
  return rows[0] ?? null;
}

/** A list with its figures: trials, conditions, and confirmed followers. */
export type CountedList = SharedList & { trials: number; conditions: number; followers: number };

const counted = sql`${columns},
  (select count(*)::int from list_entries e where e.list_id = l.id and e.removed_in is null and e.kind = 'trial') as trials,
  (select count(*)::int from list_entries e where e.list_id = l.id and e.removed_in is null and e.kind = 'condition')
    as conditions,
  (select count(*)::int from list_follows f where f.list_id = l.id and f.confirmed_at is not null and f.ended_at is null)
    as followers`;

/** A person's own lists, without ended ones, oldest first; with `id`, only that one. */
export async function listOwnLists(
  db: Db | Tx,
  ownerId: number,
  id: number | null = null,
): Promise<CountedList[]> {
  const { rows } = await sql<CountedList>`
    select ${counted} from lists l
    where l.subscriber_id = ${ownerId} and l.ended_at is null and (${id}::bigint is null or l.id = ${id}::bigint)
    order by l.id`.execute(db);
  return rows;
}

/** How many trials and conditions are on a list. */
export async function countOnList(db: Db, id: number): Promise<{ trials: number; conditions: number }> {
  const { rows } = await sql<{ trials: number; conditions: number }>`
    select (count(*) filter (where kind = 'trial'))::int as trials,
      (count(*) filter (where kind = 'condition'))::int as conditions
    from list_entries where list_id = ${id} and removed_in is null`.execute(db);
  return rows[0] ?? { trials: 0, conditions: 0 };
}

/** The living lists of all owners, newest first, for admins: with `before`, only those that are older than that one. */
export async function listAllLists(
  db: Db,
  page: { before?: number | null; limit: number },
): Promise<CountedList[]> {
  const { rows } = await sql<CountedList>`
    select ${counted} from lists l
    where l.ended_at is null and l.id < coalesce(${page.before ?? null}::bigint, l.id + 1)
    order by l.id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** Locks a person's own living list for an edit; null if there is none. */
export async function lockOwnList(tx: Tx, ownerId: number, id: number): Promise<SharedList | null> {
  const { rows } = await sql<SharedList>`
    select ${columns} from lists l
    where l.id = ${id} and l.subscriber_id = ${ownerId} and l.ended_at is null for update`.execute(tx);
  return rows[0] ?? null;
}

/** Whether a list has this slug, or another one than `own` had it: links and forms of others still lead there. */
export async function isSlugTaken(tx: Tx, slug: string, own: number | null): Promise<boolean> {
  const { rows } = await sql`
    select from lists where slug = ${slug} or (${slug} = any(former_slugs) and id is distinct from ${own}::bigint)
    limit 1`.execute(tx);
  return rows.length > 0;
}

/** Adds an empty list. Returns its id; null if the slug is taken. */
export async function addList(
  tx: Tx,
  list: { ownerId: number; address: ListAddress; name: string; organization: string; now: Instant },
): Promise<number | null> {
  const added = await tx
    .insertInto('lists')
    .values({
      subscriber_id: list.ownerId,
      slug: 'slug' in list.address ? list.address.slug : null,
      token_hash: 'slug' in list.address ? null : list.address.tokenHash,
      name: list.name,
      organization: list.organization,
      created_at: list.now,
      changed_at: list.now,
    })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .returning('id')
    .executeTakeFirst();
  return added?.id ?? null;
}

/** Changes the texts of a list. Its address stays. */
export async function setListTexts(
  tx: Tx,
  id: number,
  { name, organization }: { name: string; organization: string },
): Promise<void> {
  await tx.updateTable('lists').set({ name, organization }).where('id', '=', id).execute();
}

/** Gives a list another address; the one before stops working, and stays its own. */
export async function setListAddress(tx: Tx, id: number, address: ListAddress): Promise<void> {
  const slug = 'slug' in address ? address.slug : null;
  const tokenHash = 'slug' in address ? null : address.tokenHash;
  await sql`
    update lists set slug = ${slug}, token_hash = ${tokenHash},
      former_slugs = case when slug is null or slug = any(former_slugs) then former_slugs else former_slugs || slug end
    where id = ${id}`.execute(tx);
}

/** Counts an edit of what is on a list, which must be locked. Returns its number. */
export async function nextRevision(tx: Tx, id: number, now: Instant): Promise<number> {
  const { rows } = await sql<{ revision: number }>`
    update lists set revision = revision + 1, changed_at = ${now} where id = ${id} returning revision`.execute(
    tx,
  );
  if (!rows[0]) throw new Error('no such list');
  return rows[0].revision;
}

/** Ends living lists: an edit of its own. Their reasons, organizations and reports are forgotten. */
export async function endLists(
  tx: Tx,
  which: { id: number } | { ownerId: number },
  by: 'owner' | 'admin',
  now: Instant,
): Promise<number[]> {
  const those = 'id' in which ? sql`id = ${which.id}` : sql`subscriber_id = ${which.ownerId}`;
  const { rows } = await sql<{ id: number }>`
    update lists set ended_at = ${now}, ended_by = ${by}, organization = '', revision = revision + 1, changed_at = ${now}
    where ${those} and ended_at is null returning id`.execute(tx);
  const ids = rows.map(({ id }) => id);
  await sql`update list_entries set reason = '' where list_id = any(${ids}::bigint[])`.execute(tx);
  await forgetReports(tx, ids, by, now);
  return ids;
}
