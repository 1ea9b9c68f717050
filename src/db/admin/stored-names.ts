import { sql } from 'kysely';
import type { Db } from '../connect.ts';

/** A stored name, the number of rows with it, and a subscriber with one of them; null for a registry's own row. */
export type StoredName = {
  kind: 'timezone' | 'language' | 'country' | 'registry';
  name: string;
  rows: number;
  sampleId: number | null;
};

/** Lists the time zones, languages, countries and registries that stored rows use. */
export async function listStoredNames(db: Db): Promise<StoredName[]> {
  const { rows } = await sql<StoredName>`
    select 'timezone' as kind, timezone as name, count(*) as rows, min(id) as "sampleId"
    from subscribers group by timezone
    union all select 'language', language, count(*), min(id) from subscribers group by language
    union all select 'country', filters->>'country', count(*), min(subscriber_id) from subscriptions
      where filters->>'country' is not null group by filters->>'country'
    union all select 'registry', registry, count(*), min(subscriber_id) from subscriptions
      where registry is not null group by registry
    union all select 'registry', id, 1, null from registries`.execute(db);
  return rows;
}
