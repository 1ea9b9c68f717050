import { sql } from 'kysely';
import type { StoredContent } from '../core/digests/stored-digest.ts';

/** The content of the digest `g` as it is stored; null without a digest. `openContent` makes it whole. */
export const storedContent = sql<StoredContent | null>`coalesce(g.content::json, (
  select json_build_object('shared', k.content, 'subscriptionId', g.subscription_id, 'words', to_json(g.words),
    'since', g.since, 'timezone', g.timezone)
  from digest_contents k where k.id = g.content_id), case when g.parts is not null then (
  select json_build_object('time', g.parts -> 'time', 'timezone', g.timezone, 'parts', json_agg(json_build_object(
    'shared', k.content, 'subscriptionId', p.subscription, 'words', p.words, 'since', p.since) order by p.subscription))
  from jsonb_to_recordset(g.parts -> 'of') as p (content bigint, subscription bigint, words jsonb, since text)
  join digest_contents k on k.id = p.content) end)`;
