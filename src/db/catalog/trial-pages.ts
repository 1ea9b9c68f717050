import { sql } from 'kysely';
import type { Change } from '../../core/change.ts';
import type { Contact, Day, Instant, Trial } from '../../core/trial.ts';
import { type Db, planOnce } from '../connect.ts';
import { openVersion, type StoredVersion, storedVersion } from '../stored-trial.ts';

/** Everything for a trial's page except the contacts, which are read only on request (P11). */
export type TrialPage = {
  trialId: number;
  registry: string;
  id: string;
  version: number;
  trial: Trial;
  removedAt: Instant | null;
  watchedSince: Instant;
  /** When the newest version was last read, with or without changes. */
  readAt: Instant;
  contactCount: number;
  changeCount: number;
  heldCount: number;
  /**
   * The registry's data day up to which everything is known, and when it was read; null before the first
   * complete run.
   */
  dataDay: Day | null;
  completedAt: Instant | null;
};

/** A change for the timeline. */
export type TimelineChange = {
  changeId: number;
  version: number;
  change: Change;
  state: 'pending' | 'held' | 'released' | 'discarded';
  detectedAt: Instant;
};

/** A stored version, and when it was first read. */
export type TrialVersion = { version: number; readAt: Instant; trial: Trial };

/**
 * Changes of kind `entered` and `left` are not changes of the record, and would reveal that somebody follows
 * the trial: pages never show them.
 */
const isOfTheRecord = sql<boolean>`c.kind not in ('entered', 'left')`;

/**
 * Finds a stored trial by its canonical id, or by an obsolete one: then `id` differs from the argument. Null
 * if none is stored. One statement.
 */
export async function findTrialPage(db: Db, registry: string, id: string): Promise<TrialPage | null> {
  // A trial that is also stored under its obsolete id gives way to its successor, unless each names the other.
  const { rows } = await sql<Omit<TrialPage, 'trial'> & StoredVersion>`${planOnce}
    select t.id as "trialId", t.registry, t.registry_id as id, t.version, ${storedVersion}, t.removed_at as "removedAt",
      t.watched_since as "watchedSince", t.read_at as "readAt", jsonb_array_length(t.contacts) as "contactCount",
      c.count as "changeCount", c.held as "heldCount", r.watermark_on as "dataDay", r.completed_at as "completedAt"
    from (
      select a.trial_id as id, 1 as rank from trial_aliases a
      where a.registry = ${registry} and a.alias = ${id} and not exists (
        select from trial_aliases b join trials o on o.id = a.trial_id join trials d on d.id = b.trial_id
        where b.registry = ${registry} and b.alias = o.registry_id and d.registry_id = ${id})
      union all
      select t.id, 2 from trials t where t.registry = ${registry} and t.registry_id = ${id}
      order by rank limit 1
    ) found
    join trials t on t.id = found.id
    join trial_versions v on v.trial_id = t.id and v.version = t.version
    left join registries r on r.id = t.registry
    cross join lateral (
      select count(*) as count, count(*) filter (where c.state = 'held') as held
      from changes c where c.trial_id = t.id and ${isOfTheRecord}
    ) c`.execute(db);
  const [found] = rows;
  return found ? openVersion(found) : null;
}

/**
 * A trial's changes, newest first and, within one reading, by weight; after the change `before` (keyset).
 * Includes held, discarded and unreleased ones.
 */
export async function listTrialChanges(
  db: Db,
  trialId: number,
  { before, limit }: { before: number | null; limit: number },
): Promise<TimelineChange[]> {
  const { rows } = await sql<TimelineChange>`
    select c.id as "changeId", c.version, c.change, c.state, c.detected_at as "detectedAt"
    from changes c where c.trial_id = ${trialId} and ${isOfTheRecord}
      and (${before}::bigint is null or (c.run_id, c.weight, -c.id) < (
        select b.run_id, b.weight, -b.id from changes b where b.id = ${before}::bigint and b.trial_id = ${trialId}))
    order by c.run_id desc, c.weight desc, c.id limit ${limit}`.execute(db);
  return rows;
}

/**
 * The changes that a trial's page draws, newest first: the first few of all, those of its status and dates, and the
 * sites that came or went since `sitesSince`; at most 500.
 */
export async function listTrialHistory(
  db: Db,
  trialId: number,
  { newest, sitesSince }: { newest: number; sitesSince: Instant },
): Promise<(TimelineChange & { isNewest: boolean })[]> {
  const { rows } = await sql<TimelineChange & { isNewest: boolean }>`${planOnce}
    select c.id as "changeId", c.version, c.change, c.state, c.detected_at as "detectedAt",
      c.rank <= ${newest}::int as "isNewest"
    from (
      select c.*, row_number() over (order by c.run_id desc, c.weight desc, c.id) as rank
      from changes c where c.trial_id = ${trialId} and ${isOfTheRecord}
    ) c
    where c.rank <= ${newest}::int or c.kind = 'status' or c.facet = 'dates'
      or (c.kind in ('site-added', 'site-removed') and c.detected_at >= ${sitesSince}::timestamptz)
    order by c.rank limit 500`.execute(db);
  return rows;
}

/** One change of a trial, or null. */
export async function findTrialChange(
  db: Db,
  trialId: number,
  changeId: number,
): Promise<TimelineChange | null> {
  const { rows } = await sql<TimelineChange>`
    select c.id as "changeId", c.version, c.change, c.state, c.detected_at as "detectedAt"
    from changes c where c.id = ${changeId}::bigint and c.trial_id = ${trialId} and ${isOfTheRecord}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/**
 * The numbers of a trial's versions, each with the time of its first reading, newest first, after `before`
 * (keyset).
 */
export async function listTrialVersions(
  db: Db,
  trialId: number,
  limit: number,
  before: number | null = null,
): Promise<{ version: number; readAt: Instant }[]> {
  const rows = await db
    .selectFrom('trial_versions')
    .select(['version', 'read_at as readAt'])
    .where('trial_id', '=', trialId)
    .$if(before !== null, (query) => query.where('version', '<', before))
    .orderBy('version', 'desc')
    .limit(limit)
    .execute();
  return rows;
}

/** Some versions of a trial, unordered, without those that do not exist. */
export async function loadTrialVersions(
  db: Db,
  trialId: number,
  versions: readonly number[],
): Promise<TrialVersion[]> {
  const { rows } = await sql<Omit<TrialVersion, 'trial'> & StoredVersion>`
    select v.version, v.read_at as "readAt", ${storedVersion} from trial_versions v
    where v.trial_id = ${trialId} and v.version = any(${[...versions]}::int[])`.execute(db);
  return rows.map(openVersion);
}

/** The contacts of a trial's newest version; none if the record was removed or is withheld. */
export async function loadTrialContacts(db: Db, trialId: number): Promise<Contact[]> {
  const row = await db
    .selectFrom('trials')
    .select('contacts')
    .where('id', '=', trialId)
    .where('removed_at', 'is', null)
    .where('status', '<>', 'WITHHELD')
    .executeTakeFirst();
  return row?.contacts ?? [];
}
