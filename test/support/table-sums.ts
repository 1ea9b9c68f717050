import { sql } from 'kysely';
import type { Db } from '../../src/db/connect.ts';

/** A checksum of every table, except some, over all rows and their positions: rewriting a row changes it. */
export async function sumTables(db: Db, but: string[] = []): Promise<Record<string, string>> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(db);
  const sums: Record<string, string> = {};
  for (const { name } of rows.filter((row) => !but.includes(row.name))) {
    const { rows: found } = await sql<{ sum: string }>`
      select md5(coalesce(string_agg(t::text || t.ctid, ',' order by t.ctid), '')) as sum
      from ${sql.table(name)} t`.execute(db);
    sums[name] = found[0]?.sum ?? '';
  }
  return sums;
}
