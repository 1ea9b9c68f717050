import { sql } from 'kysely';
import type { Day, Instant } from '../../core/trial.ts';
import { byteaArray } from '../../postgres/binary-array.ts';
import type { Db, Tx } from '../connect.ts';
import { type LoadedTrial, loadedColumns, openLoaded, type StoredTrial } from './trials.ts';
import { type TrialReading, writeEdits, writeVersions } from './write-readings.ts';

/** Whether any stored trial of a registry has dates that change its status by `day`. */
export async function hasTurning(db: Db, registry: string, day: Day): Promise<boolean> {
  const { rows } = await sql`
    select 1 from trials where registry = ${registry} and turns_on <= ${day} and removed_at is null limit 1`.execute(
    db,
  );
  return rows.length > 0;
}

/** Locks and loads the stored trials whose dates change their status by a day, at most `atMost`. */
export async function loadTurning(
  tx: Tx,
  registry: string,
  day: Day,
  atMost: number,
): Promise<StoredTrial[]> {
  const { rows } = await sql<LoadedTrial>`
    select ${loadedColumns}
    from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
    where t.registry = ${registry} and t.turns_on <= ${day} and t.removed_at is null
    order by t.id limit ${atMost} for update of t`.execute(tx);
  return rows.map(openLoaded);
}

/** Stores versions that the calendar made. Keeps the answer that was last fetched, and its time. */
export async function writeTurns(
  tx: Tx,
  turns: readonly TrialReading[],
  how: { projection: number; runId: number; at: Instant },
): Promise<void> {
  if (turns.length === 0) return;
  const text = (of: (turn: TrialReading) => unknown) => turns.map(of);
  const ids = text((t) => t.trialId) as number[];
  await sql`
    update trials t set version = r.version, hash = r.hash, status = r.status, card = r.card, turns_on = r.turns_on::date,
      turned_on = case when r.turned_from is null then t.turned_on else ${how.at}::date end,
      turned_from = coalesce(r.turned_from, t.turned_from),
      changed_at = case when r.told > 0 then ${how.at}::timestamptz else t.changed_at end,
      change_count = t.change_count + r.told
    from unnest(${ids}::bigint[], ${text((t) => t.version)}::int[], ${text((t) => t.hash)}::text[],
      ${text((t) => t.trial.status)}::text[], ${text((t) => t.turnsOn)}::text[],
      ${text((t) => t.turnedFrom)}::text[], ${text((t) => t.toldCount)}::int[],
      ${byteaArray(turns.map((t) => t.packed.card))}::bytea[])
      as r (id, version, hash, status, turns_on, turned_from, told, card)
    where t.id = r.id`.execute(tx);
  await writeVersions(tx, turns, ids, { ...how, readAt: how.at });
  await writeEdits(tx, turns, ids);
}

/** Sets the next turn of trials whose dates changed nothing after all. */
export async function postponeTurns(
  tx: Tx,
  later: readonly { trialId: number; turnsOn: Day | null }[],
): Promise<void> {
  if (later.length === 0) return;
  await sql`
    update trials t set turns_on = r.turns_on::date
    from unnest(${later.map((one) => one.trialId)}::bigint[], ${later.map((one) => one.turnsOn)}::text[])
      as r (id, turns_on) where t.id = r.id`.execute(tx);
}
