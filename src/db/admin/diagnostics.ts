import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';

/** Diagnostics of the database, for `doctor`. */
export type Diagnostics = {
  /** The database's clock minus ours, in seconds: leases follow the database's. */
  clockAhead: number;
  databaseBytes: number;
  audit: { rows: number; bytes: number; since: Instant | null };
};

/** Reads the size of the database and of its audit log, and its clock. */
export async function readDiagnostics(db: Db): Promise<Diagnostics> {
  const askedAtMs = Date.now();
  const clock = await sql<{ at: Instant }>`select clock_timestamp() as at`.execute(db);
  const heardAtMs = Date.now();
  const theirsMs = Date.parse(clock.rows[0]?.at ?? '');
  const { rows } = await sql<{ databaseBytes: number; bytes: number; rows: number; since: Instant | null }>`
    select pg_database_size(current_database()) as "databaseBytes", pg_total_relation_size('audit_log') as bytes,
      (select count(*) from audit_log) as rows, (select min(at) from audit_log) as since`.execute(db);
  if (!rows[0]) throw new Error('no figures');
  const { databaseBytes, ...audit } = rows[0];
  return { clockAhead: (theirsMs - (askedAtMs + heardAtMs) / 2) / 1_000, databaseBytes, audit };
}
