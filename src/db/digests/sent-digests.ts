import { sql } from 'kysely';
import type { Digest } from '../../core/digests/digest.ts';
import { openContent, type StoredContent } from '../../core/digests/stored-digest.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { type ListReasons, listsBehind } from '../lists/list-reasons.ts';
import { storedContent } from '../stored-content.ts';

/**
 * A promised digest, for the page that its mail links to. Null if it is older than `since`, its reader is
 * gone, or their links were replaced.
 */
export async function findDigest(
  db: Db,
  link: { id: number; generation: number },
  since: Instant,
): Promise<{ subscriberId: number; content: Digest; lists: ListReasons | null } | null> {
  const { rows } = await sql<{ subscriberId: number; content: StoredContent; lists: ListReasons | null }>`
    select g.subscriber_id as "subscriberId", ${storedContent} as content,
      ${listsBehind(sql`g.id`)} as lists from digests g join subscribers p on p.id = g.subscriber_id
    where g.id = ${link.id} and p.link_generation = ${link.generation} and g.planned_at > ${since}`.execute(
    db,
  );
  const [row] = rows;
  return row ? { ...row, content: openContent(row.content) } : null;
}
