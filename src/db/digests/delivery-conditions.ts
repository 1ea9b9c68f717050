import { sql } from 'kysely';
import { asksForFacet, hasConsent } from '../subscribers/subscription-conditions.ts';
import { getsReports } from './report-mails.ts';

/** Whether an active subscription with consent of the item's person still wants the item `i`. */
const isItemWanted = sql<boolean>`exists (
  select from subscriptions s join changes c on c.id = i.change_id
  where s.subscriber_id = i.subscriber_id and s.state = 'active' and c.topics && s.topics
    and ${asksForFacet}
    and ${hasConsent})`;

/**
 * Whether the person of the delivery `d` has a subscription with consent that is neither paused nor stopped.
 */
const isServed = sql<boolean>`exists (
  select from subscriptions s where s.subscriber_id = d.subscriber_id and s.state = 'active'
    and ${hasConsent})`;

/** Whether the delivery `d` is wanted unchanged. A digest without remaining items is not. */
export const isDeliverable = sql<boolean>`case d.kind
  when 'digest' then exists (select from digest_items i where i.digest_id = d.digest_id)
    and not exists (select from digest_items i where i.digest_id = d.digest_id and not ${isItemWanted})
  when 'confirmation' then exists (
    select from subscriptions s where s.subscriber_id = d.subscriber_id and s.state = 'pending') or exists (
    select from list_follows f where f.subscriber_id = d.subscriber_id and f.confirmed_at is null)
  when 'no-news' then ${isServed} and exists (select from subscribers p where p.id = d.subscriber_id
    and p.no_news_notes and coalesce(p.last_digest_at <= d.planned_at, true))
  when 'welcome' then ${isServed}
  when 'yearly' then ${isServed}
  when 'report' then exists (
    select from list_reports r join lists l on l.id = r.list_id
    join list_follows f on f.list_id = r.list_id and f.subscriber_id = d.subscriber_id
    where r.id = d.list_report_id and r.content is not null and r.cancelled_at is null and ${getsReports})
  else true end`;

/**
 * The digests sent to the person of the delivery `d` while it waited, with a later change of the same trial
 * and facet. A mail whose outcome was once unknown is sent again unchanged.
 */
export const newerDigests = sql<{ digest_id: number }>`
  select unnest(newer_digests(d.subscriber_id, d.digest_id)) as digest_id where not d.was_ambiguous`;

/** Whether every subscription that the digest `g` names is still active, so that its reasons hold. */
export const namesActiveOnly = sql<boolean>`not exists (
  select from (
    select id::bigint from jsonb_path_query(g.content, '$.trials[*].reasons[*].subscriptionId') as reason (id)
    union all select g.subscription_id where g.subscription_id is not null
    union all select (p ->> 'subscription')::bigint from jsonb_array_elements(g.parts -> 'of') p) as named (id)
  where (select s.state from subscriptions s where s.id = named.id) is distinct from 'active')`;
