import { type RawBuilder, sql } from 'kysely';
import type { ListReason } from '../../core/digests/digest.ts';

/** The lists that brought a digest's items, by subscription. */
export type ListReasons = Record<string, ListReason>;

/** The same by the subscription's number. */
export const listsById = (lists: ListReasons | null): Map<number, ListReason> =>
  new Map(Object.entries(lists ?? {}).map(([id, list]) => [Number(id), list]));

/** The lists behind the items of a digest, by its id; null if there are none. Later names and reasons count. */
export function listsBehind(digestId: RawBuilder<unknown>): RawBuilder<ListReasons | null> {
  return sql<ListReasons | null>`(
    select jsonb_object_agg(s.id, jsonb_build_object('name', l.name, 'organization', l.organization,
      'reason', coalesce(e.reason, '')))
    from digest_items i join subscriptions s on s.id = i.subscription_id and s.list_follow_id is not null
    join list_follows f on f.id = s.list_follow_id join lists l on l.id = f.list_id and l.ended_at is null
    left join list_entries e on e.list_id = l.id and e.removed_in is null and e.topics @> s.topics and e.topics <@ s.topics
    where i.digest_id = ${digestId})`;
}
