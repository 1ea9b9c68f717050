import { sql } from 'kysely';
import type { Instant } from '../core/trial.ts';
import type { Db, Tx } from './connect.ts';
import { packJson } from './raw.ts';

/** Sets records aside with their raw text and the reason; one that is there already is counted again. */
export async function setAside(
  tx: Tx,
  registry: string,
  records: { id: string | null; reason: string; raw: unknown }[],
  now: Instant,
): Promise<void> {
  const newest = new Map(records.map((record) => [record.id ?? '', record]));
  for (const [id, record] of newest) {
    await sql`
      insert into quarantine (registry, registry_id, reason, raw, first_seen_at, last_seen_at)
      values (${registry}, ${id}, ${record.reason}, ${packJson(record.raw)}, ${now}, ${now})
      on conflict (registry, registry_id) where healed_at is null do update
        set reason = excluded.reason, raw = excluded.raw, last_seen_at = excluded.last_seen_at,
          times = quarantine.times + 1`.execute(tx);
  }
}

/** Notes that records set aside before could be read now. */
export async function markHealed(tx: Tx, registry: string, ids: string[], now: Instant): Promise<void> {
  await sql`update quarantine set healed_at = ${now}
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
