import { sql } from 'kysely';
import type { TrialCard } from '../../core/digests/card.ts';
import type { ListFilters } from '../../core/subscriptions/list-marks.ts';
import type { TrialStatus } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { openCard, type StoredCard, storedCard, versionsWithoutCard } from '../stored-trial.ts';
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

type ListedRow = ListKey & StoredCard & { km: number | null };

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
  const { rows } = await sql<{ counts: Record<TrialStatus, number> } & ListedRow>`
    with about as materialized (
      select t.id, t.status, coalesce(t.verified_on, to_char(t.last_update_posted_on, 'YYYY-MM'), '') collate "C" as verified
      from trials t
      where ${sql.join([sql`t.topics && ${topics}::text[] and t.removed_at is null`, ...passFilters(filters)], sql` and `)}
    ), picked as (
      select id, verified from about
      where status = any(${[...statuses]}::text[])
        and (${after === null} or (verified, id) < (${after?.verified ?? ''} collate "C", ${after?.id ?? 0}::bigint))
      order by verified desc, id desc limit ${atMost + 1}
    )
    select c.counts, p.id, p.verified, ${nearest} as km, ${storedCard}
    from (select coalesce(jsonb_object_agg(status, n), '{}') as counts
      from (select status, count(*) as n from about group by status) one) c
    left join (picked p join trials t on t.id = p.id ${versionsWithoutCard}) on t.card is not null or v.version is not null
    order by p.verified desc, p.id desc`.execute(db);
  const counts = new Map(Object.entries(rows[0]?.counts ?? {}) as [TrialStatus, number][]);
  const listed = rows.filter(({ id }) => id !== null);
  const shown = listed.slice(0, atMost);
  const last = listed.length > atMost ? shown.at(-1) : undefined;
  return {
    counts,
    trials: shown.map((row) => ({ card: openCard(row), nearestKm: row.km })),
    next: last ? { verified: last.verified, id: last.id } : null,
  };
}
