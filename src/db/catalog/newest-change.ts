import { sql } from 'kysely';
import type { Db } from '../connect.ts';
import type { ReleasedChange } from './feeds.ts';

/** The number of the newest changes among which one is looked for. */
const lookedAt = 500;

/** The newest released change of a trial's own status; null if there is none among the newest changes. */
export async function findNewestStatusChange(db: Db): Promise<ReleasedChange | null> {
  const { rows } = await sql<ReleasedChange>`
    select c.id, c.version, c.change, c.weight, c.released_at as "releasedAt", t.registry, t.registry_id as "registryId",
      t.title, t.status, t.first_posted_on as "firstPostedOn"
    from (
      select * from changes where position is not null order by position desc limit ${lookedAt}
    ) c join trials t on t.id = c.trial_id
    where c.facet = 'status' and c.kind = 'status' and c.state = 'released'
    order by c.position desc limit 1`.execute(db);
  return rows[0] ?? null;
}
