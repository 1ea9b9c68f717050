import { sql } from 'kysely';
import type { TrialCard } from '../../core/digests/digest.ts';
import type { ListFilters } from '../../core/subscriptions/list-marks.ts';
import type { TrialStatus } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { distanceOfNearest, passFilters } from './trial-marks.ts';

/** The end of a page of a list, where the next page continues. */
export type ListKey = { verified: string; id: number };

/**
 * A stamp of the stored trials and released changes: equal while neither changes. A long run changes it only
 * at its start and end.
 */
export async function readStoreStamp(db: Db): Promise<string> {
  const { rows } = await sql<{ stamp: string }>`
    select concat_ws(' ', (select value from counters where name = 'position'),
      (select concat(id, '/', finished_at) from runs order by id desc limit 1)) as stamp`.execute(db);
  return rows[0]?.stamp ?? '';
}

/** The stored trials about a topic: their number per status, and a page of those with some statuses. */
export type TrialsAbout = {
  counts: ReadonlyMap<TrialStatus, number>;
  /** With the distance from the place of the filters to the nearest site, in kilometers, if both are known. */
  trials: { card: TrialCard; nearestKm: number | null }[];
  /** The key of the next page; null if there is none. */
  next: ListKey | null;
};

/**
 * Stored trials about one of these topics that pass the filters, without removed records: counted by status, and one
 * page of those with one of `statuses`, after a key. Those whose sponsor confirmed them last come first.
 */
export async function readTrialsAbout(
  db: Db,
  topics: string[],
  statuses: readonly TrialStatus[],
  page: { after: ListKey | null; atMost: number; filters?: ListFilters },
): Promise<TrialsAbout> {
  const { after, atMost, filters = {} } = page;
  const nearest = filters.place ? distanceOfNearest(filters.place) : sql`null::float8`;
  // One scan of the trials serves both: each trial is a page on disk.
  const { rows } = await sql<{
    counts: Record<TrialStatus, number>;
    listed: (ListKey & { card: TrialCard; km: number | null })[];
  }>`
    with about as materialized (
      select t.id, t.status, coalesce(t.verified_on, to_char(t.last_update_posted_on, 'YYYY-MM'), '') collate "C" as verified
      from trials t
      where ${sql.join([sql`t.topics && ${topics}::text[] and t.removed_at is null`, ...passFilters(filters)], sql` and `)}
    ), picked as (
      select id, verified from about
      where status = any(${[...statuses]}::text[])
        and (${after === null} or (verified, id) < (${after?.verified ?? ''} collate "C", ${after?.id ?? 0}::bigint))
      order by verified desc, id desc limit ${atMost + 1}
    ), listed as (
      select p.id, p.verified, ${nearest} as km, jsonb_build_object(
        'registry', t.registry, 'id', t.registry_id, 'title', t.title, 'status', t.status, 'verifiedOn', t.verified_on,
        'firstPostedOn', t.first_posted_on, 'lastUpdatePostedOn', t.last_update_posted_on,
        'lastKnownStatus', r."lastKnownStatus", 'whyStopped', r."whyStopped", 'startDate', r."startDate",
        'primaryCompletionDate', r."primaryCompletionDate", 'completionDate', r."completionDate",
        'resultsPostedOn', r."resultsPostedOn", 'studyType', r."studyType", 'phases', r.phases, 'enrollment', r.enrollment,
        'sponsor', r.sponsor, 'conditions', r.conditions, 'minimumAge', r."minimumAge", 'maximumAge', r."maximumAge",
        'sex', r.sex, 'siteCount', s.count, 'recruitingSiteCount', s.recruiting, 'countries', coalesce(l.countries, s.countries)) as card
      from picked p join trials t on t.id = p.id join trial_versions v on v.trial_id = t.id and v.version = t.version
      cross join lateral jsonb_to_record(v.trial) as r (
        "lastKnownStatus" jsonb, "whyStopped" jsonb, "startDate" jsonb, "primaryCompletionDate" jsonb,
        "completionDate" jsonb, "resultsPostedOn" jsonb, "studyType" jsonb, phases jsonb, enrollment jsonb, sponsor jsonb,
        conditions jsonb, "minimumAge" jsonb, "maximumAge" jsonb, sex jsonb, sites jsonb, countries jsonb)
      cross join lateral (
        select count(*)::int as count, (count(*) filter (where site ->> 'status' = 'RECRUITING'))::int as recruiting,
          coalesce(jsonb_agg(distinct site -> 'country') filter (where site ->> 'country' <> ''), '[]') as countries
        from jsonb_array_elements(r.sites) as site
      ) s
      cross join lateral (
        select jsonb_agg(country -> 'name') as countries from jsonb_array_elements(r.countries) as country
      ) l
    )
    select
      coalesce((select jsonb_object_agg(status, n) from (select status, count(*) as n from about group by status) c), '{}')
        as counts,
      coalesce((select jsonb_agg(jsonb_build_object('id', id, 'verified', verified, 'km', km, 'card', card)
        order by verified desc, id desc) from listed), '[]') as listed`.execute(db);
  const [read] = rows;
  const listed = read?.listed ?? [];
  const counts = new Map(Object.entries(read?.counts ?? {}) as [TrialStatus, number][]);
  const shown = listed.slice(0, atMost);
  const last = listed.length > atMost ? shown.at(-1) : undefined;
  return {
    counts,
    trials: shown.map(({ card, km }) => ({ card, nearestKm: km })),
    next: last ? { verified: last.verified, id: last.id } : null,
  };
}
