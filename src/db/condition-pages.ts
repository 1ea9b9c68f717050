import { sql } from 'kysely';
import type { TrialCard } from '../core/digest.ts';
import type { Instant, TrialStatus } from '../core/trial.ts';
import type { Db } from './connect.ts';

/** Where a page of a list ends, so that the next begins after it. */
export type ListKey = { verified: string; id: number };

/** A registry and how far it was read. */
export type RegistryReading = {
  id: string;
  dataTimestamp: string | null;
  completedAt: Instant | null;
};

/**
 * Names the state of the stored trials and released changes: equal while neither moved. A long reading that still runs
 * moves it only at its start and its end.
 */
export async function readStoreStamp(db: Db): Promise<string> {
  const { rows } = await sql<{ stamp: string }>`
    select concat_ws(' ', (select value from counters where name = 'position'),
      (select concat(id, '/', finished_at) from runs order by id desc limit 1)) as stamp`.execute(db);
  return rows[0]?.stamp ?? '';
}

/** Every registry that was asked, and how far it was read. */
export async function listRegistryReadings(db: Db): Promise<RegistryReading[]> {
  return db
    .selectFrom('registries')
    .select(['id', 'data_timestamp as dataTimestamp', 'completed_at as completedAt'])
    .orderBy('id')
    .execute();
}

/** How many stored trials about one of these topics have each status; removed records left out. */
export async function countByStatus(db: Db, topics: string[]): Promise<Map<TrialStatus, number>> {
  const { rows } = await sql<{ status: TrialStatus; count: number }>`
    select status, count(*)::int as count from trials
    where topics && ${topics}::text[] and removed_at is null group by status`.execute(db);
  return new Map(rows.map(({ status, count }) => [status, count]));
}

/**
 * Stored trials about one of these topics with one of these statuses, those first whose sponsor confirmed them last; at
 * most so many, after a key. `next` is the key of the page that follows, null when none does.
 */
export async function listTrialsAbout(
  db: Db,
  topics: string[],
  statuses: readonly TrialStatus[],
  page: { after: ListKey | null; atMost: number },
): Promise<{ cards: TrialCard[]; next: ListKey | null }> {
  const { after, atMost } = page;
  const { rows } = await sql<ListKey & { card: TrialCard }>`
    with picked as (
      select id, registry, registry_id, version, coalesce(verified_on, '') collate "C" as verified, verified_on, status,
        title, first_posted_on, last_update_posted_on
      from trials
      where topics && ${topics}::text[] and removed_at is null and status = any(${[...statuses]}::text[])
        and (${after === null} or (coalesce(verified_on, '') collate "C", id) < (${after?.verified ?? ''}, ${after?.id ?? 0}::bigint))
      order by verified desc, id desc limit ${atMost + 1}
    )
    select p.id, p.verified, jsonb_build_object(
      'registry', p.registry, 'id', p.registry_id, 'title', p.title, 'status', p.status, 'verifiedOn', p.verified_on,
      'firstPostedOn', p.first_posted_on, 'lastUpdatePostedOn', p.last_update_posted_on,
      'lastKnownStatus', r."lastKnownStatus", 'whyStopped', r."whyStopped", 'startDate', r."startDate",
      'primaryCompletionDate', r."primaryCompletionDate", 'completionDate', r."completionDate",
      'resultsPostedOn', r."resultsPostedOn", 'studyType', r."studyType", 'phases', r.phases, 'enrollment', r.enrollment,
      'sponsor', r.sponsor, 'conditions', r.conditions, 'minimumAge', r."minimumAge", 'maximumAge', r."maximumAge",
      'sex', r.sex, 'siteCount', s.count, 'recruitingSiteCount', s.recruiting, 'countries', s.countries) as card
    from picked p join trial_versions v on v.trial_id = p.id and v.version = p.version
    cross join lateral jsonb_to_record(v.trial) as r (
      "lastKnownStatus" jsonb, "whyStopped" jsonb, "startDate" jsonb, "primaryCompletionDate" jsonb,
      "completionDate" jsonb, "resultsPostedOn" jsonb, "studyType" jsonb, phases jsonb, enrollment jsonb, sponsor jsonb,
      conditions jsonb, "minimumAge" jsonb, "maximumAge" jsonb, sex jsonb, sites jsonb)
    cross join lateral (
      select count(*)::int as count, (count(*) filter (where site ->> 'status' = 'RECRUITING'))::int as recruiting,
        coalesce(jsonb_agg(distinct site -> 'country') filter (where site ->> 'country' <> ''), '[]') as countries
      from jsonb_array_elements(r.sites) as site
    ) s
    order by p.verified desc, p.id desc`.execute(db);
  const shown = rows.slice(0, atMost);
  const last = rows.length > atMost ? shown.at(-1) : undefined;
  return {
    cards: shown.map(({ card }) => card),
    next: last ? { verified: last.verified, id: last.id } : null,
  };
}
