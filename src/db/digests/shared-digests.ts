import { sql } from 'kysely';
import { type DataTime, dataTimeOf } from '../../core/age.ts';
import type { FollowedSubscription } from '../../core/digests/compose.ts';
import type { ItemKind } from '../../core/digests/digest.ts';
import type { DigestParts, SharedContent } from '../../core/digests/stored-digest.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';
import { numberArray } from '../number-array.ts';
import { packRows } from './pack-rows.ts';

/** What everyone who follows one thing from one position is told, and the changes that it settles. */
export type GroupContent = {
  /** Null if nothing is left to tell. */
  contentId: number | null;
  /** The phrases by which trials matched, after what the reader follows in the words of a digest. */
  phrases: string[];
  items: { changeId: number; kind: ItemKind }[];
  /** The registries whose data it tells, if several are read. */
  registries: string[];
};

/** A subscription of a person and what its group is told. */
type GroupPart = {
  follow: Pick<FollowedSubscription, 'id' | 'words' | 'watchingSince'>;
  content: GroupContent;
};

/** A digest of a person who gets what their groups are told. */
export type GroupDigest = { subscriberId: number; dueAt: Instant; parts: GroupPart[] };

/** Stores contents to be shared, and returns their ids, in the order of `contents`. */
export async function writeContents(
  tx: Tx,
  contents: readonly SharedContent[],
  now: Instant,
): Promise<number[]> {
  const ids: number[] = [];
  for (const text of packRows(contents)) {
    const { rows } = await sql<{ id: number }>`
      insert into digest_contents (content, made_at)
      select c, ${now}::timestamptz from json_array_elements(${text}::json) with ordinality as one (c, n) order by n
      returning id`.execute(tx);
    for (const { id } of rows.toSorted((a, b) => a.id - b.id)) ids.push(id);
  }
  return ids;
}

/**
 * Writes the promise for these people: digests that refer to their groups' contents, items and deliveries. A
 * digest without content only settles its items. Returns the deliveries' ids.
 */
export async function writeGroupDigests(
  tx: Tx,
  digests: readonly GroupDigest[],
  how: DataTime & { horizon: number; now: Instant },
): Promise<number[]> {
  if (digests.length === 0) return [];
  const contents = [...new Set(digests.flatMap(({ parts }) => parts.map(({ content }) => content)))];
  const numbers = new Map(contents.map((content, n) => [content, n]));
  const items = contents.flatMap((content, n) => content.items.map((item) => ({ ...item, n })));
  const told = digests.map(({ parts }) => parts.filter(({ content }) => content.contentId !== null));
  const single = told.map((parts) => (parts.length === 1 ? parts[0] : undefined));
  const combined = told.flatMap((parts, place) =>
    parts.length > 1 ? { place: place + 1, parts: combineParts(parts, how) } : [],
  );
  const dueTimes = [...new Set(digests.map(({ dueAt }) => dueAt))];
  const settled = digests.flatMap(({ parts }, place) => parts.map((part) => ({ ...part, place: place + 1 })));
  // With their ids known beforehand, the rows of the three tables are written side by side, without a join.
  const { rows } = await sql<{ id: number }>`
    with planned as materialized (
      select p.*, case when p.content is not null or p.parts is not null then nextval('digests_id_seq') end as digest
      from (
        select p.person, p.follow, p.due_at, p.place, p.content, coalesce(c.phrases, '{}') as phrases, k.parts
        from unnest(${numberArray(digests.map((d) => d.subscriberId))}::bigint[], ${numberArray(single.map((part) => part?.follow.id))}::bigint[],
          ${numberArray(digests.map((d) => dueTimes.indexOf(d.dueAt) + 1))}::int[],
          ${numberArray(single.map((part) => part?.content.contentId))}::bigint[])
          with ordinality as p (person, follow, due_at, content, place)
        left join jsonb_to_recordset(${JSON.stringify(
          contents.flatMap(({ contentId, phrases }) => (phrases.length > 0 ? { contentId, phrases } : [])),
        )}::jsonb) as c ("contentId" bigint, phrases text[]) on c."contentId" = p.content
        left join jsonb_to_recordset(${JSON.stringify(combined)}::jsonb) as k (place int, parts jsonb) on k.place = p.place
        order by p.place) p
    ), promised as (
      insert into digests (id, subscriber_id, horizon, content_id, subscription_id, words, since, timezone, parts, due_at, planned_at)
      overriding system value
      select p.digest, p.person, ${how.horizon}::bigint, p.content, p.follow, case when p.parts is null then s.words || p.phrases end, s.watching_since,
        r.timezone, p.parts, (${dueTimes}::timestamptz[])[p.due_at], ${how.now}::timestamptz
      from planned p left join subscriptions s on s.id = p.follow join subscribers r on r.id = p.person
      where p.digest is not null
    ), settled as (
      insert into digest_items (subscriber_id, change_id, subscription_id, digest_id, kind)
      select p.person, i.change_id, f.follow, p.digest, i.kind
      from planned p join unnest(${numberArray(settled.map((f) => f.place))}::int[], ${numberArray(settled.map((f) => f.follow.id))}::bigint[],
        ${numberArray(settled.map((f) => numbers.get(f.content)))}::int[]) as f (place, follow, n) on f.place = p.place
      join unnest(${numberArray(items.map((i) => i.n))}::int[], ${numberArray(items.map((i) => i.changeId))}::bigint[],
        ${`{${items.map((i) => i.kind).join()}}`}::text[]) as i (n, change_id, kind) on i.n = f.n
    )
    insert into deliveries (kind, subscriber_id, digest_id, due_at, planned_at, message_date)
    select 'digest', person, digest, ${how.now}::timestamptz, ${how.now}::timestamptz, ${how.now}::timestamptz
    from planned where digest is not null order by digest returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

function combineParts(parts: readonly GroupPart[], how: DataTime): DigestParts {
  const registries = new Set(parts.flatMap(({ content }) => content.registries));
  return {
    time: registries.size > 1 ? dataTimeOf(how, registries) : null,
    of: parts.map(({ follow, content: { contentId, phrases } }) => ({
      content: contentId ?? 0,
      subscription: follow.id,
      words: [follow.words, ...phrases],
      since: follow.watchingSince ?? '',
    })),
  };
}
