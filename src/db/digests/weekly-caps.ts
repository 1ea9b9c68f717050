import { sql } from 'kysely';
import { cappedUntil, isCapFull } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { numberArray } from '../number-array.ts';

/** When digests were planned for these people in the last 8 days; what will never go out does not count. */
export async function listPlannedLately(
  db: Db | Tx,
  subscriberIds: readonly number[],
  now: Instant,
): Promise<Map<number, Instant[]>> {
  if (subscriberIds.length === 0) return new Map();
  const { rows } = await sql<{ id: number; at: Instant }>`
    select g.subscriber_id as id, g.planned_at as at from digests g
    join deliveries d on d.subscriber_id = g.subscriber_id and d.digest_id = g.id
    where g.subscriber_id = any(${numberArray(subscriberIds)}::bigint[])
      and g.planned_at > ${now}::timestamptz - interval '8 days'
      and d.phase not in ('cancelled', 'suppressed', 'failed')`.execute(db);
  const found = Map.groupBy(rows, ({ id }) => id);
  return new Map([...found].map(([id, some]) => [id, some.map(({ at }) => at)]));
}

/** Notes whose news up to the horizon waits for their limit, and whose does no longer. */
export async function noteCapped(
  tx: Tx,
  { waiting, settled }: { waiting: readonly number[]; settled: readonly number[] },
  horizon: number,
): Promise<void> {
  if (waiting.length + settled.length === 0) return;
  await sql`update subscribers set capped_position = case when id = any(${numberArray(waiting)}::bigint[])
      then ${horizon}::bigint end
    where id = any(${numberArray([...waiting, ...settled])}::bigint[])`.execute(tx);
}

/** Until when a person's weekly limit makes news wait; null if it does not. */
export async function readCappedUntil(
  db: Db | Tx,
  person: { id: number; weeklyCap: number | null; hour: number; timezone: string },
  now: Instant,
): Promise<Instant | null> {
  const { id, weeklyCap, timezone } = person;
  if (weeklyCap === null) return null;
  const planned = (await listPlannedLately(db, [id], now)).get(id) ?? [];
  return isCapFull(weeklyCap, planned, timezone, now) ? cappedUntil(weeklyCap, planned, person, now) : null;
}

/** Sets how many digests in 7 days a person wants at most; null for no limit. */
export async function chooseWeeklyCap(tx: Tx, subscriberId: number, cap: number | null): Promise<void> {
  await tx.updateTable('subscribers').set({ weekly_cap: cap }).where('id', '=', subscriberId).execute();
}
