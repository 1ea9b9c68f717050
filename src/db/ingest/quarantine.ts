import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { packJson, unpackJson } from './raw.ts';

/** PostgreSQL's error classes caused by values: invalid data, a violated constraint, a program limit. */
const causedByValues = /^(22|23|54)/;

/**
 * Whether a write failed because of its values, not because of the server, the connection or a lost lease.
 */
export function isRecordFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && causedByValues.test(code);
}

/** Quarantines records with their raw text and the reason; counts again those already quarantined. */
export async function quarantineRecord(
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
    on conflict (registry, registry_id) where recovered_at is null do update
      set reason = excluded.reason, raw = excluded.raw, last_seen_at = excluded.last_seen_at,
        times = quarantine.times + 1`.execute(tx);
}

/** Records that quarantined records are readable now. Deletes their raw text, which may name people (P11). */
export async function markRecovered(tx: Tx, registry: string, ids: string[], now: Instant): Promise<void> {
  await sql`update quarantine set recovered_at = ${now}, raw = ${packJson(null)}
    where registry = ${registry} and recovered_at is null and registry_id = any(${ids}::text[])`.execute(tx);
}

/** The ids of quarantined records, to be requested again. */
export async function listQuarantined(db: Db | Tx, registry: string): Promise<string[]> {
  const rows = await db
    .selectFrom('quarantine')
    .select('registry_id')
    .where('registry', '=', registry)
    .where('recovered_at', 'is', null)
    .where('registry_id', '<>', '')
    .execute();
  return rows.map((row) => row.registry_id);
}

/** The quarantined records, newest first. */
export async function listQuarantine(
  db: Db,
): Promise<{ registry: string; registryId: string; reason: string; times: number; lastSeenAt: Instant }[]> {
  const rows = await db
    .selectFrom('quarantine')
    .select(['registry', 'registry_id', 'reason', 'times', 'last_seen_at'])
    .where('recovered_at', 'is', null)
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

/** One quarantined record with its raw answer; null if there is none. */
export async function readQuarantined(
  db: Db,
  registryId: string,
): Promise<{ reason: string; raw: unknown } | null> {
  const row = await db
    .selectFrom('quarantine')
    .select(['reason', 'raw'])
    .where('registry_id', '=', registryId)
    .where('recovered_at', 'is', null)
    .executeTakeFirst();
  return row ? { reason: row.reason, raw: unpackJson(row.raw) } : null;
}

/** A record that is quarantined, or was until it recovered. */
export type QuarantinedRecord = {
  id: number;
  registry: string;
  /** Empty if the record does not contain an id. */
  registryId: string;
  reason: string;
  times: number;
  firstSeenAt: Instant;
  lastSeenAt: Instant;
  recoveredAt: Instant | null;
};

const columns = sql`id, registry, registry_id as "registryId", reason, times, first_seen_at as "firstSeenAt",
  last_seen_at as "lastSeenAt", recovered_at as "recoveredAt"`;

/** Quarantined or recovered records, newest quarantine first; after `before` if given. */
export async function listRecords(
  db: Db,
  which: 'waiting' | 'recovered',
  page: { before: number | null; limit: number },
): Promise<QuarantinedRecord[]> {
  const { rows } = await sql<QuarantinedRecord>`select ${columns} from quarantine
    where recovered_at is ${which === 'recovered' ? sql`not null` : sql`null`}
      and (${page.before}::bigint is null or id < ${page.before})
    order by id desc limit ${page.limit}`.execute(db);
  return rows;
}

/**
 * One such record with the registry's answer as JSON, which is null after recovery and if it cannot be read.
 */
export async function readQuarantineRow(
  db: Db,
  id: number,
): Promise<(QuarantinedRecord & { raw: string | null }) | null> {
  const { rows } = await sql<QuarantinedRecord & { packed: Buffer }>`
    select ${columns}, raw as packed from quarantine where id = ${id}`.execute(db);
  if (!rows[0]) return null;
  const { packed, ...record } = rows[0];
  return { ...record, raw: record.recoveredAt === null ? printRaw(packed) : null };
}

function printRaw(packed: Buffer): string | null {
  try {
    return JSON.stringify(unpackJson(packed), null, 2);
  } catch {
    return null;
  }
}
