import { type Kysely, sql } from 'kysely';

/**
 * Adds links between records of one trial in several registries, and finds a trial by its own number as by
 * the others in its record; EU numbers lose glued-on marks, country and "-00".
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table trial_links (
      a bigint not null references trials (id) on delete cascade,
      b bigint not null references trials (id) on delete cascade,
      same boolean not null,
      rule text not null,
      evidence jsonb not null,
      first_seen_at timestamptz not null,
      broken_at timestamptz,
      primary key (a, b),
      check (a < b)
    )`.execute(db);
  await sql`create index trial_links_by_b on trial_links (b)`.execute(db);
  await sql`
    update trials t set numbers = found.numbers
    from (
      select o.id, array_agg(distinct regexp_replace(
        regexp_replace(n.key, '^(EUCTR|EUCT|EUDRACT|CTIS|CT)?(20[0-9]{2}[0-4][0-9]{7})(00|[A-Z]{2,3}|3RD)?$', '\\2'),
        '^(EUCTR|EUCT|EUDRACT|CTIS|CT)?(20[0-9]{2}5[0-9]{7})([0-9]{2})?$', '\\2')) as numbers
      from trials o cross join lateral unnest(
        o.numbers || regexp_replace(upper(o.registry_id), '[^A-Z0-9]', '', 'g')) as n (key)
      group by o.id) as found
    where found.id = t.id`.execute(db);
}
