import { type Kysely, sql } from 'kysely';

/**
 * Makes trials searchable by the other numbers in their records: sponsors' and other registers', as letters
 * and digits alone.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table trials add column numbers text[] not null default '{}'`.execute(db);
  await sql`
    update trials t set numbers = found.numbers
    from (
      select v.trial_id, v.version, array_agg(distinct
        case when k.key ~ '^20[2-9][0-9]5[0-9]{9}$' then left(k.key, -2) else k.key end) as numbers
      from trial_versions v cross join lateral jsonb_array_elements(
        case when jsonb_typeof(v.trial -> 'secondaryIds') = 'array' then v.trial -> 'secondaryIds' else '[]' end) as one (entry)
      cross join lateral (select regexp_replace(upper(one.entry ->> 'id'), '[^A-Z0-9]', '', 'g') as key) as k
      where length(k.key) <= 60 and length(regexp_replace(k.key, '[^0-9]', '', 'g')) >= 3
      group by v.trial_id, v.version) as found
    where found.trial_id = t.id and found.version = t.version`.execute(db);
  await sql`create index trials_by_numbers on trials using gin (numbers)`.execute(db);
}
