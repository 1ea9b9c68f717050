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

/** Gives every digest a content of its own with another value in its first change, as if other rules had made it. */
export async function spoilContents(db: Db, after: string, which?: RawBuilder<unknown>): Promise<void> {
  for (const { id, content } of await readDigests(db, which))
    await sql`update digests set content = jsonb_set(${JSON.stringify(content)}::jsonb, '{trials,0,changes,0,after}',
        to_jsonb(${after}::text)), content_id = null, subscription_id = null, words = null, since = null, timezone = null, parts = null
      where id = ${id}`.execute(db);
}
