import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { isLoopback } from '../../config.ts';
import type { Change } from '../../core/change.ts';
import type { Day, Instant, TrialStatus } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { readSetting } from '../settings.ts';

const authoritySetting = 'feed-authority';

/** A released change, with the parts of its trial that its sentence needs. */
export type ReleasedChange = {
  id: number;
  version: number;
  change: Change;
  weight: number;
  releasedAt: Instant;
  registry: string;
  registryId: string;
  title: string;
  status: TrialStatus;
  firstPostedOn: Day | null;
};

/** The newest released changes of one of these topics, newest first. Leaves out held and discarded ones. */
export async function listNewestChanges(db: Db, topics: string[], atMost: number): Promise<ReleasedChange[]> {
  // Goes through each topic from the end of the index: a topic may have a hundred thousand changes.
  const { rows } = await sql<ReleasedChange>`
    select c.id, c.version, c.change, c.weight, c.released_at as "releasedAt", t.registry, t.registry_id as "registryId",
      t.title, t.status, t.first_posted_on as "firstPostedOn"
    from (
      select distinct newest.position
      from unnest(${topics}::text[]) as f (topic) cross join lateral (
        select position from topic_changes where topic = f.topic order by position desc limit ${atMost}
      ) newest
      order by newest.position desc limit ${atMost}
    ) p join changes c on c.position = p.position join trials t on t.id = c.trial_id
    where c.state = 'released'
    order by p.position desc`.execute(db);
  return rows;
}

/** A released change for a feed, with its trial's facts of that time. */
export type FeedChange = ReleasedChange & { position: number; acronym: string | null };

/** The columns of a `FeedChange`. A version that is no longer kept leaves the present facts. */
export const feedColumns = sql`c.id, c.position, c.version, c.change, c.weight, c.released_at as "releasedAt", t.registry,
  t.registry_id as "registryId", coalesce(v.title, v.trial->>'title', t.title) as title,
  coalesce(v.acronym, v.trial->>'acronym') as acronym, coalesce(v.status, v.trial->>'status', t.status) as status,
  coalesce(v.first_posted_on, (v.trial->>'firstPostedOn')::date, t.first_posted_on) as "firstPostedOn"`;
/** The tables of `feedColumns`, beside the changes `c`. */
export const feedTables = sql`join trials t on t.id = c.trial_id
  left join trial_versions v on v.trial_id = c.trial_id and v.version = c.version`;

/** The newest released changes of one of these topics before a position, newest first. */
export async function listFeedChanges(
  db: Db,
  topics: string[],
  before: number | null,
  atMost: number,
): Promise<FeedChange[]> {
  const { rows } = await sql<FeedChange>`
    select ${feedColumns}
    from (
      select distinct newest.position
      from unnest(${topics}::text[]) as f (topic) cross join lateral (
        select position from topic_changes where topic = f.topic and (${before}::bigint is null or position < ${before})
        order by position desc limit ${atMost}
      ) newest
      order by newest.position desc limit ${atMost}
    ) p join changes c on c.position = p.position ${feedTables}
    where c.state = 'released'
    order by p.position desc`.execute(db);
  return rows;
}

/** The facts about a stored trial for its feed; null if it is not stored. */
export async function findFeedTrial(
  db: Db,
  registry: string,
  id: string,
): Promise<{ registryId: string; title: string; watchedSince: Instant } | null> {
  const { rows } = await sql<{ registryId: string; title: string; watchedSince: Instant }>`
    select registry_id as "registryId", title, watched_since as "watchedSince" from trials
    where registry = ${registry} and (registry_id = ${id} or id = (
      select trial_id from trial_aliases where registry = ${registry} and alias = ${id}))
    order by registry_id = ${id} limit 1`.execute(db);
  return rows[0] ?? null;
}

/**
 * Fixes the authority in the ids of all entries (RFC 4151), once: feed readers take an entry with another id for
 * news, so a service that moves to another host keeps its first one. A loopback host is not unique; a random one
 * replaces it.
 */
export async function fixFeedAuthority(db: Db, baseUrl: string): Promise<void> {
  const { hostname } = new URL(baseUrl);
  const value = isLoopback(hostname) ? `${randomBytes(9).toString('hex')}.invalid` : hostname;
  await db
    .insertInto('settings')
    .values({ name: authoritySetting, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The authority in the ids of entries: the one that was fixed, otherwise the host of the address. */
export async function readFeedAuthority(db: Db, baseUrl: string): Promise<string> {
  return (await readSetting(db, authoritySetting)) ?? new URL(baseUrl).hostname;
}

/** When the first run began; null before it. */
export async function readBeginning(db: Db): Promise<Instant | null> {
  const row = await db.selectFrom('runs').select('started_at').orderBy('id').limit(1).executeTakeFirst();
  return row?.started_at ?? null;
}
