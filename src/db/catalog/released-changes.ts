import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { ReleaseCursor } from '../../core/cursor.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import type { ReleasedChange } from './feeds.ts';

/** A released change with its place in the order of release. */
export type PlacedChange = ReleasedChange & { position: number; detectedAt: Instant };

/**
 * A range of released changes. `next` is where the following range begins; `more` says whether later changes
 * exist.
 */
export type ReleasedPage = { changes: PlacedChange[]; next: ReleaseCursor; more: boolean };

/** The number of positions examined per call. It limits the cost, however rare the wanted changes are. */
const lookedAt = 1_000;

/**
 * Released changes after a position, in the order of release. A reader who continues from `next` misses
 * nothing and gets nothing twice, late releases included. `topics` and `facets` filter; null does not. A
 * range may be empty while there is more. Leaves out changes of kind `entered` and `left`, which would reveal
 * that somebody follows something.
 */
export async function listReleasedChanges(
  db: Db | Tx,
  after: number,
  wanted: { topics: readonly string[] | null; facets: readonly Facet[] | null; atMost: number },
): Promise<ReleasedPage> {
  const { topics, facets, atMost } = wanted;
  const looked =
    topics === null
      ? sql`select position from changes where position > ${after} order by position limit ${lookedAt}`
      : sql`select distinct near.position from unnest(${[...topics]}::text[]) as f (topic) cross join lateral (
          select position from topic_changes where topic = f.topic and position > ${after}
          order by position limit ${lookedAt}) near
        order by near.position limit ${lookedAt}`;
  type Ends = {
    horizon: number;
    horizonId: number | null;
    looked: number;
    last: number | null;
    lastId: number | null;
  };
  // One statement, so that the horizon and the changes up to it are from the same instant.
  const { rows } = await sql<Ends & { [Field in keyof PlacedChange]: PlacedChange[Field] | null }>`
    with horizon as (select value from counters where name = 'position'),
    looked as materialized (${looked}),
    picked as (
      select c.* from looked l join changes c on c.position = l.position
      where c.kind not in ('entered', 'left')
        and (${facets === null} or c.facet = any(${[...(facets ?? [])]}::text[]))
      order by c.position limit ${atMost}
    ),
    ends as (
      select h.value as horizon, at.id as "horizonId", l.n as looked, l.last, last.id as "lastId"
      from horizon h cross join (select count(*) as n, max(position) as last from looked) l
      left join changes at on at.position = h.value left join changes last on last.position = l.last
    )
    select e.*, c.id, c.position, c.version, c.change, c.weight, c.detected_at as "detectedAt",
      c.released_at as "releasedAt", t.registry, t.registry_id as "registryId", t.title, t.status,
      t.first_posted_on as "firstPostedOn"
    from ends e left join (picked c join trials t on t.id = c.trial_id) on true
    order by c.position`.execute(db);
  const [ends] = rows;
  if (!ends) throw new Error('the counter of positions is missing');
  const changes = rows.flatMap(
    ({ horizon: _, horizonId: __, looked: ___, last: ____, lastId: _____, ...row }) =>
      row.id === null ? [] : [row as PlacedChange],
  );
  const next = findNext(ends, changes, atMost);
  return { changes, next, more: next.position < ends.horizon };

  function findNext(seen: Ends, found: PlacedChange[], wantedCount: number): ReleaseCursor {
    const final = found.at(-1);
    if (final && found.length === wantedCount) return { position: final.position, changeId: final.id };
    if (seen.looked === lookedAt && seen.last !== null) return { position: seen.last, changeId: seen.lastId };
    return { position: seen.horizon, changeId: seen.horizonId };
  }
}

/** The position of the newest released change. */
export async function readLatest(db: Db | Tx): Promise<ReleaseCursor> {
  const { rows } = await sql<ReleaseCursor>`
    select k.value as position, c.id as "changeId" from counters k left join changes c on c.position = k.value
    where k.name = 'position'`.execute(db);
  return rows[0] ?? { position: 0, changeId: null };
}

/** Whether this database issued a cursor: a restored backup may not know it. */
export async function isKnownCursor(db: Db, { position, changeId }: ReleaseCursor): Promise<boolean> {
  if (position === 0) return true;
  const row = await db
    .selectFrom('changes')
    .select('id')
    .where('position', '=', position)
    .where('id', '=', changeId)
    .executeTakeFirst();
  return row !== undefined;
}
