import { sql } from 'kysely';
import type { Instant } from '../core/trial.ts';
import type { Db, Tx } from './connect.ts';
import { packJson, unpackJson } from './raw.ts';

/** Sets records aside with their raw text and the reason; one that is there already is counted again. */
export async function setAside(
  tx: Tx,
  registry: string,
  records: { id: string | null; reason: string; raw: unknown }[],
  now: Instant,
): Promise<void> {
  if (records.length === 0) return;
  const newest = new Map(records.map((record) => [record.id ?? '', record]));
  const rows = [...newest.values()];
  await sql`
    insert into quarantine (registry, registry_id, reason, raw, first_seen_at, last_seen_at)
    select ${registry}, r.id, r.reason, r.raw, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${[...newest.keys()]}::text[], ${rows.map((row) => row.reason)}::text[],
      ${rows.map((row) => packJson(row.raw))}::bytea[]) as r (id, reason, raw)
    on conflict (registry, registry_id) where healed_at is null do update
      set reason = excluded.reason, raw = excluded.raw, last_seen_at = excluded.last_seen_at,
        times = quarantine.times + 1`.execute(tx);
}

/** Notes that records set aside before could be read now. Their raw text goes: it may name people (P11). */
export async function markHealed(tx: Tx, registry: string, ids: string[], now: Instant): Promise<void> {
  await sql`update quarantine set healed_at = ${now}, raw = ${packJson(null)}
    where registry = ${registry} and healed_at is null and registry_id = any(${ids}::text[])`.execute(tx);
}

/** The ids of records that are set aside, to be asked for again. */
export async function listSetAside(db: Db | Tx, registry: string): Promise<string[]> {
  const rows = await db
    .selectFrom('quarantine')
    .select('registry_id')
    .where('registry', '=', registry)
    .where('healed_at', 'is', null)
    .where('registry_id', '<>', '')
    .execute();
  return rows.map((row) => row.registry_id);
}

/** Records that are set aside now, the newest first. */
export async function listQuarantine(
  db: Db,
): Promise<{ registry: string; registryId: string; reason: string; times: number; lastSeenAt: Instant }[]> {
  const rows = await db
    .selectFrom('quarantine')
    .select(['registry', 'registry_id', 'reason', 'times', 'last_seen_at'])
    .where('healed_at', 'is', null)
    .orderBy('last_seen_at', 'desc')
    .limit(1_000)
    .execute();
  return rows.map((row) => ({
    registry: row.registry,
    registryId: row.registry_id,
    reason: row.reason,
    times: row.times,
    lastSeenAt: row.last_seen_at,
  }));
}

/** One record that is set aside, with its raw answer; null when there is none. */
export async function readQuarantined(
  db: Db,
  registryId: string,
): Promise<{ reason: string; raw: unknown } | null> {
  const row = await db
    .selectFrom('quarantine')
    .select(['reason', 'raw'])
    .where('registry_id', '=', registryId)
    .where('healed_at', 'is', null)
    .executeTakeFirst();
  return row ? { reason: row.reason, raw: unpackJson(row.raw) } : null;
}
