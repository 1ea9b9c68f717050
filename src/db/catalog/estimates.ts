import { sql } from 'kysely';
import type { EstimatedChange } from '../../core/digests/estimate.ts';
import type { Filterable } from '../../core/subscriptions/filters.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import { takeTurns } from '../../event-loop.ts';
import type { Db } from '../connect.ts';
import { type StoredVersion, storedVersion, trialIn } from '../stored-trial.ts';

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

/** Trials that are loaded together: whole, they take much memory. */
const atOnce = 250;

/** The parts of these trials' newest versions that filters read. */
export async function loadFilterable(db: Db, trialIds: readonly number[]): Promise<Map<number, Filterable>> {
  const found = new Map<number, Filterable>();
  for (let from = 0; from < trialIds.length; from += atOnce) {
    const { rows } = await sql<{ id: number } & StoredVersion>`
      select t.id, ${storedVersion}
      from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
      where t.id = any(${trialIds.slice(from, from + atOnce)}::bigint[])`.execute(db);
    for (const row of rows) {
      found.set(row.id, filterableOf(trialIn(row)));
      await takeTurns();
    }
  }
  return found;
}

function filterableOf(trial: Trial): Filterable {
  const { status, lastKnownStatus, minimumAge, maximumAge, sex, studyType, phases } = trial;
  const { sites, countries, ageGroups } = trial;
  const parts = { status, lastKnownStatus, minimumAge, maximumAge, sex, studyType, phases };
  return { ...parts, sites, countries, ageGroups };
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
