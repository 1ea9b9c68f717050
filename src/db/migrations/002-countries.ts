import { type Kysely, sql } from 'kysely';
import { toCountry } from '../../core/countries.ts';

/**
 * Countries of filters and of known cities become ISO codes: one value per country, however registries spell
 * it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select country as name from places
    union select filters ->> 'country' from subscriptions where filters ->> 'country' is not null`.execute(
    db,
  );
  const coded = rows.filter(({ name }) => toCountry(name) !== name);
  const names = coded.map(({ name }) => name);
  const codes = names.map(toCountry);
  await sql`
    update subscriptions s set filters = s.filters || jsonb_build_object('country', c.code)
    from unnest(${names}::text[], ${codes}::text[]) as c (name, code) where s.filters ->> 'country' = c.name`.execute(
    db,
  );
  await sql`
    with renamed as (delete from places p using unnest(${names}::text[], ${codes}::text[]) as c (name, code)
      where p.country = c.name returning c.code, p.city, p.state, p.folded, p.lat, p.lon)
    insert into places (country, city, state, folded, lat, lon)
    select distinct on (code, city, lat, lon) code, city, state, folded, lat, lon from renamed
    order by code, city, lat, lon, state desc
    on conflict (country, city, lat, lon) do nothing`.execute(db);
}
