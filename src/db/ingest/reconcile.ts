import { sql } from 'kysely';
import type { Contact, Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** Whether the id has become an obsolete one of another stored trial, which is read instead. */
const isReplaced = sql`exists (select from trial_aliases a
  where a.registry = t.registry and a.alias = t.registry_id and a.trial_id <> t.id)`;

/** A stored trial to read again; `isMissing` if the registry did not find it the last time. */
export type Unread = { id: string; isMissing: boolean };

/**
 * Stored trials that were last read before `cutoff`, or are missing and were not requested at this refresh:
 * followed ones first, then those unread longest. A trial quarantined since then counts as read.
 */
export async function listUnread(
  db: Db,
  registry: string,
  how: { cutoff: Instant; dataTimestamp: string; limit: number },
): Promise<Unread[]> {
  const { rows } = await sql<Unread>`
    select t.registry_id as id, t.missing_count > 0 as "isMissing" from trials t
    where t.registry = ${registry} and t.removed_at is null and not ${isReplaced}
      and (t.read_at < ${how.cutoff} or (t.missing_count > 0 and t.missing_at is distinct from ${how.dataTimestamp}))
      and not exists (select from quarantine q where q.registry = t.registry and q.registry_id = t.registry_id
        and q.recovered_at is null and q.last_seen_at >= ${how.cutoff})
    order by exists (select from subscriptions s where s.topics && t.topics and s.state in ('active', 'paused')) desc,
      t.read_at, t.id
    limit ${how.limit}`.execute(db);
  return rows;
}

/** Removed trials, to be requested from time to time: one may return. */
export async function listRemoved(
  db: Db,
  registry: string,
  cutoff: Instant,
  limit: number,
): Promise<Unread[]> {
  const { rows } = await sql<Unread>`
    select t.registry_id as id, true as "isMissing" from trials t
    where t.registry = ${registry} and t.removed_at is not null and t.read_at < ${cutoff} and not ${isReplaced}
    order by t.read_at limit ${limit}`.execute(db);
  return rows;
}

/** A trial that the registry does not have. `count`: the number of consecutive refreshes that say so. */
export type Missing = { trialId: number; version: number; topics: string[]; status: string; count: number };

/**
 * Records that the registry answered "not found" for trials at a refresh. Counts each refresh once; does not count
 * removed trials.
 */
export async function markMissing(
  tx: Tx,
  registry: string,
  ids: string[],
  how: { dataTimestamp: string; readAt: Instant },
): Promise<Missing[]> {
  await sql`update trials set read_at = ${how.readAt}
    where registry = ${registry} and registry_id = any(${ids}::text[]) and removed_at is not null`.execute(
    tx,
  );
  const { rows } = await sql<Missing>`
    update trials set missing_count = missing_count + 1, missing_at = ${how.dataTimestamp}, read_at = ${how.readAt}
    where registry = ${registry} and registry_id = any(${ids}::text[]) and removed_at is null
      and missing_at is distinct from ${how.dataTimestamp}
    returning id as "trialId", version, topics, status, missing_count as count`.execute(tx);
  return rows;
}

/** Marks trials as removed; deletes their contacts. */
export async function markRemoved(tx: Tx, trialIds: number[], now: Instant): Promise<void> {
  await sql`update trials set removed_at = ${now}, contacts = '[]' where id = any(${trialIds}::bigint[])`.execute(
    tx,
  );
}

/** Marks trials as found. Returns those that had been reported as removed; they get their lost contacts back. */
export async function markFound(
  tx: Tx,
  registry: string,
  answered: { id: string; contacts: Contact[] }[],
): Promise<{ trialId: number; version: number; topics: string[]; status: string }[]> {
  // Nearly always none: only their contacts are sent to the database.
  const { rows: lost } = await sql<{ id: number; registryId: string; was: boolean }>`
    select id, registry_id as "registryId", removed_at is not null as was from trials
    where registry = ${registry} and registry_id = any(${answered.map(({ id }) => id)}::text[])
      and (missing_count > 0 or removed_at is not null)
    order by id for update`.execute(tx);
  if (lost.length === 0) return [];
  const contactsOf = new Map(answered.map(({ id, contacts }) => [id, JSON.stringify(contacts)]));
  const { rows } = await sql<{
    trialId: number;
    version: number;
    topics: string[];
    status: string;
    was: boolean;
  }>`
    update trials t set missing_count = 0, missing_at = null, removed_at = null, contacts = found.contacts::jsonb
    from unnest(${lost.map(({ id }) => id)}::bigint[], ${lost.map(({ was }) => was)}::boolean[],
      ${lost.map(({ registryId }) => contactsOf.get(registryId) ?? '[]')}::text[]) as found (id, was, contacts)
    where found.id = t.id
    returning t.id as "trialId", t.version, t.topics, t.status, found.was`.execute(tx);
  return rows.filter((row) => row.was);
}
