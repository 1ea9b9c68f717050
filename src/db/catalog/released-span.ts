import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { listReleasedChanges, type PlacedChange, readLatest } from './released-changes.ts';

/** A time in which changes were released: from an instant, until before another; null is no limit. */
export type Span = { from: Instant | null; until: Instant | null };

/** How far the times of release may disagree with their order: each process has its own clock. */
const disorderMs = 24 * 3_600_000;

/** The number of changes per statement. */
const atOnce = 500;

/** Whether the change `c` was released in a span. */
export function isInSpan({ from, until }: Span) {
  return sql<boolean>`(${from}::timestamptz is null or c.released_at >= ${from})
    and (${until}::timestamptz is null or c.released_at < ${until})`;
}

/**
 * The changes released in a span, in the order of their release, some at a time; `topics` and `facets` filter as those
 * of `listReleasedChanges`. Changes that are released meanwhile are left out.
 */
export async function* readReleased(
  db: Db,
  wanted: { topics: readonly string[] | null; facets: readonly Facet[] | null },
  span: Span,
): AsyncGenerator<PlacedChange[]> {
  const { after, last } = await findEnds(db, span);
  for (let position = after; position < last; ) {
    const page = await listReleasedChanges(db, position, { ...wanted, atMost: atOnce });
    yield page.changes.filter(
      (one) =>
        one.position <= last &&
        (span.from === null || one.releasedAt >= span.from) &&
        (span.until === null || one.releasedAt < span.until),
    );
    position = page.next.position;
  }
}

/** Positions between which all changes of a span are: after the first, up to the last, which is the newest for now. */
export async function findEnds(db: Db | Tx, { from, until }: Span): Promise<{ after: number; last: number }> {
  const { position: newest } = await readLatest(db);
  const move = (instant: Instant, ms: number) => new Date(Date.parse(instant) + ms).toISOString();
  return {
    after: from === null ? 0 : await findPosition(db, move(from, -disorderMs), newest),
    last: until === null ? newest : await findPosition(db, move(until, disorderMs), newest),
  };
}

/**
 * The last position before an instant; 0 if there is none. Releases are in the order of time but for the clocks of
 * processes, so this is a search by halves, and needs no index on the time.
 */
async function findPosition(db: Db | Tx, instant: Instant, newest: number): Promise<number> {
  let [low, high] = [0, newest];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { rows } = await sql<{ position: number; isEarly: boolean }>`
      select position, released_at < ${instant}::timestamptz as "isEarly"
      from changes where position > ${middle} order by position limit 1`.execute(db);
    const [found] = rows;
    if (found?.isEarly) low = found.position;
    else high = middle;
  }
  return low;
}
