import { type RawBuilder, sql } from 'kysely';
import type { Digest } from '../../src/core/digests/digest.ts';
import { openContent, type StoredContent } from '../../src/core/digests/stored-digest.ts';
import type { Db } from '../../src/db/connect.ts';
import { storedContent } from '../../src/db/stored-content.ts';

/** Digests with their person and their whole content, oldest first: all, or those of which `which` is true. */
export async function readDigests(
  db: Db,
  which: RawBuilder<unknown> = sql`true`,
): Promise<{ id: number; subscriberId: number; plannedAt: string; content: Digest }[]> {
  const { rows } = await sql<{ id: number; subscriberId: number; plannedAt: string; content: StoredContent }>`
    select id, subscriber_id as "subscriberId", planned_at as "plannedAt", ${storedContent} as content
    from digests g where ${which} order by id`.execute(db);
  return rows.map((row) => ({ ...row, content: openContent(row.content) }));
}
