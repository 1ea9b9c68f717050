import { sql } from 'kysely';
import type { Change } from '../core/change.ts';
import type { Day, Instant, TrialStatus } from '../core/trial.ts';
import type { Db } from './connect.ts';

/** A released change of a trial that somebody follows. */
export type ReportedChange = {
  id: number;
  change: Change;
  detectedAt: Instant;
  releasedAt: Instant;
  registry: string;
  registryId: string;
  title: string;
  status: TrialStatus;
  firstPostedOn: Day | null;
};

/**
 * All that was released between two instants (the later one left out) about anything a person follows, paused or not,
 * oldest first; the newest `atMost` of it. Facets and filters are left out: a report is of everything.
 */
export async function listReported(
  db: Db,
  subscriberId: number,
  range: { from: Instant; until: Instant },
  atMost: number,
): Promise<ReportedChange[]> {
  const { rows } = await sql<ReportedChange & { position: number }>`
    select distinct on (c.position) c.position, c.id, c.change, c.detected_at as "detectedAt",
      c.released_at as "releasedAt", t.registry, t.registry_id as "registryId", t.title, t.status,
      t.first_posted_on as "firstPostedOn"
    from subscriptions s cross join lateral unnest(s.topics) as f (topic)
    join topic_changes tc on tc.topic = f.topic join changes c on c.position = tc.position
    join trials t on t.id = c.trial_id
    where s.subscriber_id = ${subscriberId} and s.state in ('active', 'paused') and c.state = 'released'
      and c.released_at >= ${range.from} and c.released_at < ${range.until}
      and (s.kind = 'condition' or c.kind not in ('registered', 'entered', 'left'))
    order by c.position desc limit ${atMost}`.execute(db);
  return rows.reverse();
}
