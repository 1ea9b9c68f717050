import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';

/** How far a registry was read, and when. `dataTimestamp` is the registry's own and has no zone. */
export type RegistryReading = {
  id: string;
  dataTimestamp: string | null;
  checkedAt: Instant | null;
  completedAt: Instant | null;
};

/** Every registry that was asked at least once. */
export async function listRegistries(db: Db): Promise<RegistryReading[]> {
  const { rows } = await sql<RegistryReading>`
    select id, data_timestamp as "dataTimestamp", checked_at as "checkedAt", completed_at as "completedAt"
    from registries order by id`.execute(db);
  return rows;
}

/** When workers next poll the registries, and by how many seconds they are late; null if none ever did. */
export async function readNextPoll(db: Db): Promise<{ at: Instant; lateSeconds: number } | null> {
  const { rows } = await sql<{ at: Instant; lateSeconds: number }>`
    select expires_at as at, extract(epoch from clock_timestamp() - expires_at)::float8 as "lateSeconds"
    from leases where name = 'tick:poll'`.execute(db);
  return rows[0] ?? null;
}

/** The number of quarantined records. */
export async function countQuarantined(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from quarantine where recovered_at is null`.execute(db);
  return rows[0]?.count ?? 0;
}
