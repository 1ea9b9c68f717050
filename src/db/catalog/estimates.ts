import { sql } from 'kysely';
import type { EstimatedChange } from '../../core/digests/estimate.ts';
import type { Filterable } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';

/** The newest released changes about any of these topics since an instant, at most `limit`. */
export async function listReleasedForEstimate(
  db: Db,
  topics: readonly string[],
  since: Instant,
  limit: number,
): Promise<EstimatedChange[]> {
  const { rows } = await sql<EstimatedChange>`
    select c.trial_id as "trialId", c.position, c.change, c.topics, c.other_topics as "otherTopics",
      c.released_at as "releasedAt"
    from (
      select distinct position from topic_changes where topic = any(${[...topics]}::text[])
      order by position desc limit ${limit}
    ) newest join changes c on c.position = newest.position
    where c.released_at > ${since} order by c.position`.execute(db);
  return rows;
}

/** The parts of these trials' newest versions that filters read. */
export async function loadFilterable(db: Db, trialIds: readonly number[]): Promise<Map<number, Filterable>> {
  const { rows } = await sql<Filterable & { id: number }>`
    select t.id, t.status, v.trial->>'lastKnownStatus' as "lastKnownStatus", v.trial->>'minimumAge' as "minimumAge",
      v.trial->>'maximumAge' as "maximumAge", v.trial->>'sex' as sex, v.trial->>'studyType' as "studyType",
      v.trial->'phases' as phases, v.trial->'sites' as sites,
      coalesce(v.trial->'countries', '[]') as countries, coalesce(v.trial->'ageGroups', '[]') as "ageGroups"
    from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
    where t.id = any(${[...trialIds]}::bigint[])`.execute(db);
  return new Map(rows.map(({ id, ...trial }) => [id, trial]));
}

/** The start of the first run that read anything: changes are detected from then on. Null before it. */
export async function readHistoryBegin(db: Db): Promise<Instant | null> {
  const row = await db
    .selectFrom('runs')
    .select('started_at')
    .where('outcome', 'in', ['completed', 'held', 'partial'])
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.started_at ?? null;
}
