import { sql } from 'kysely';
import type { HistoryVersion } from '../../core/diff/history.ts';
import type { Day, Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { readSetting, writeSetting } from '../settings.ts';

/** A stored trial whose registry's own history was never asked for. */
export type Unasked = { trialId: number; id: string; watchedSince: Instant };

/** How far a registry's history was asked for: the requests of a day, and until when it is left alone. */
export type BackFillState = { day: Day; requests: number; pausedUntil: Instant | null };

/**
 * The newest stored trial of a registry whose history was never asked for; null if there is none. All stored trials count,
 * followed or not: what a page shows must not tell whether somebody follows its trial. Records that are gone, withheld or
 * set aside are left out.
 */
export async function findUnasked(db: Db, registry: string): Promise<Unasked | null> {
  const { rows } = await sql<Unasked>`
    select t.id as "trialId", t.registry_id as id, t.watched_since as "watchedSince" from trials t
    where t.registry = ${registry} and t.removed_at is null and t.status <> 'WITHHELD'
      and not exists (select from registry_histories h where h.trial_id = t.id)
      and not exists (select from quarantine q
        where q.registry = t.registry and q.registry_id = t.registry_id and q.recovered_at is null)
    order by t.watched_since desc, t.id desc limit 1`.execute(db);
  return rows[0] ?? null;
}

/** Keeps the history of a trial, or, with null, that it could not be read. Each trial is asked for once. */
export async function keepHistory(
  db: Db,
  trialId: number,
  askedAt: Instant,
  versions: HistoryVersion[] | null,
): Promise<void> {
  await sql`
    insert into registry_histories (trial_id, asked_at, versions)
    select id, ${askedAt}, ${versions === null ? null : JSON.stringify(versions)}::jsonb from trials where id = ${trialId}
    on conflict do nothing`.execute(db);
}

/** The registry's own history of a trial, oldest first; empty if none is kept, or its record is gone or withheld. */
export async function loadHistory(db: Db, trialId: number): Promise<HistoryVersion[]> {
  const { rows } = await sql<{ versions: HistoryVersion[] | null }>`
    select h.versions from registry_histories h join trials t on t.id = h.trial_id
    where t.id = ${trialId} and t.removed_at is null and t.status <> 'WITHHELD'`.execute(db);
  return rows[0]?.versions ?? [];
}

/** The number of trials of a registry whose history is kept, and of those whose history could not be read. */
export async function countHistories(db: Db, registry: string): Promise<{ kept: number; unread: number }> {
  const { rows } = await sql<{ kept: number; unread: number }>`
    select count(h.versions) as kept, count(*) - count(h.versions) as unread
    from registry_histories h join trials t on t.id = h.trial_id where t.registry = ${registry}`.execute(db);
  return rows[0] ?? { kept: 0, unread: 0 };
}

/** How far a registry's history was asked for; null before the first time. */
export async function readBackFill(db: Db, registry: string): Promise<BackFillState | null> {
  const stored = await readSetting(db, `history-${registry}`);
  return stored === null ? null : (JSON.parse(stored) as BackFillState);
}

/** Stores how far a registry's history was asked for. */
export async function writeBackFill(db: Db, registry: string, state: BackFillState): Promise<void> {
  await writeSetting(db, `history-${registry}`, JSON.stringify(state));
}
