import { sql } from 'kysely';
import { type DateChange, dateKinds } from '../../core/calendar/trial-dates.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { openVersion, type StoredVersion, storedVersion } from '../stored-trial.ts';

/** A trial with the changes of its dates, in the order in which they were found. */
export type DatedTrial = {
  trial: Trial;
  watchedSince: Instant;
  removedAt: Instant | null;
  changes: DateChange[];
};

/** The most trials in one calendar. */
const trialsAtMost = 2_000;

/** A stored trial for its calendar, by its canonical number; null if it is not stored. */
export async function findDatedTrial(db: Db, registry: string, id: string): Promise<DatedTrial | null> {
  const [found] = await listDated(db, sql`t.registry = ${registry} and t.registry_id = ${id}`);
  return found ?? null;
}

/** The trials that a person follows by their numbers, present or former. */
export async function listFollowedDates(db: Db, subscriberId: number): Promise<DatedTrial[]> {
  return listDated(
    db,
    sql`t.id in (
      select coalesce(former.trial_id, followed.id) from subscriptions s
      left join trial_aliases former on former.registry = s.registry and former.alias = s.registry_id
      left join trials followed on followed.registry = s.registry and followed.registry_id = s.registry_id
      where s.subscriber_id = ${subscriberId} and s.kind = 'trial' and s.state in ('active', 'paused'))`,
  );
}

/** The stored ones of these trials, by their numbers, present or former. */
export async function listDatesOf(
  db: Db,
  named: readonly { registry: string; id: string }[],
): Promise<DatedTrial[]> {
  return listDated(
    db,
    sql`t.id in (
      select coalesce(former.trial_id, present.id)
      from unnest(${named.map(({ registry }) => registry)}::text[], ${named.map(({ id }) => id)}::text[]) as n (registry, id)
      left join trial_aliases former on former.registry = n.registry and former.alias = n.id
      left join trials present on present.registry = n.registry and present.registry_id = n.id)`,
  );
}

async function listDated(db: Db, isWanted: ReturnType<typeof sql>): Promise<DatedTrial[]> {
  const { rows } = await sql<Omit<DatedTrial, 'trial'> & StoredVersion>`
    select ${storedVersion}, t.watched_since as "watchedSince", t.removed_at as "removedAt", coalesce((
      select jsonb_agg(jsonb_build_object('kind', c.kind, 'before', c.change->'before', 'after', c.change->'after',
        'releasedAt', case when c.state = 'released' then to_char(c.released_at at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end) order by c.id)
      from changes c where c.trial_id = t.id and c.kind = any(${dateKinds}::text[]) and c.state <> 'discarded'
    ), '[]') as changes
    from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
    where ${isWanted} order by t.registry_id limit ${trialsAtMost}`.execute(db);
  return rows.map(openVersion);
}
