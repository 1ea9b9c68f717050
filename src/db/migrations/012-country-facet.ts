import { type Kysely, sql } from 'kysely';

/** Subscriptions to status and sites also get changes in single countries, as new subscriptions do. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    update subscriptions s set facets = s.facets[:at.sites] || 'countries'::text || s.facets[at.sites + 1:]
    from (select id, array_position(facets, 'sites') as sites from subscriptions) at
    where at.id = s.id and s.facets @> '{status,sites}' and not s.facets @> '{countries}'`.execute(db);
}
