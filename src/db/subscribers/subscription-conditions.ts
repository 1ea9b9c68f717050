import { sql } from 'kysely';

/**
 * Whether the subscription `s` includes the facet of the change `c`. Removals and returns of records concern
 * all subscriptions.
 */
export const asksForFacet = sql<boolean>`(c.facet = any(s.facets) or c.kind in ('removed', 'returned'))`;

/** Whether the owner of the subscription `s` has consented to it. */
export const hasConsent = sql<boolean>`exists (select from consents k where k.subscription_id = s.id)`;
