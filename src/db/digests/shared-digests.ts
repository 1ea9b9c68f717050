import { sql } from 'kysely';
import type { ItemKind } from '../../core/digests/digest.ts';
import type { SharedContent } from '../../core/digests/stored-digest.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';
import { packRows } from './pack-rows.ts';

/** What everyone who follows one thing from one position is told, and the changes that it settles. */
export type GroupContent = {
  /** Null if nothing is left to tell. */
  contentId: number | null;
  /** The phrases by which trials matched, after what the reader follows in the words of a digest. */
  phrases: string[];
  items: { changeId: number; kind: ItemKind }[];
};

/** A digest of a person who gets what their group is told. */
export type GroupDigest = {
  subscriberId: number;
  subscriptionId: number;
  dueAt: Instant;
  content: GroupContent;
};

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
      select c, ${now}::timestamptz from jsonb_array_elements(${text}::jsonb) with ordinality as one (c, n) order by n
      returning id`.execute(tx);
    for (const { id } of rows.toSorted((a, b) => a.id - b.id)) ids.push(id);
  }
  return ids;
}

/**
 * Writes the promise for these people: digests that refer to their group's content, items and deliveries. A
 * digest without content only settles its items. Returns the deliveries' ids.
 */
export async function writeGroupDigests(
  tx: Tx,
  digests: readonly GroupDigest[],
  how: { horizon: number; now: Instant },
): Promise<number[]> {
  if (digests.length === 0) return [];
  const contents = [...new Set(digests.map(({ content }) => content))];
  const numbers = new Map(contents.map((content, n) => [content, n]));
  const items = contents.flatMap((content, n) => content.items.map((item) => ({ ...item, n })));
  // With their ids known beforehand, the rows of the three tables are written side by side, without a join.
  const { rows } = await sql<{ id: number }>`
    with planned as materialized (
      select p.*, case when p.content is not null then nextval('digests_id_seq') end as digest
      from (
        select p.person, p.follow, p.due_at, p.n, c.id as content, c.phrases
        from unnest(${digests.map((d) => d.subscriberId)}::bigint[], ${digests.map((d) => d.subscriptionId)}::bigint[],
          ${digests.map((d) => d.dueAt)}::text[], ${digests.map((d) => numbers.get(d.content))}::int[])
          with ordinality as p (person, follow, due_at, n, place)
        join jsonb_to_recordset(${JSON.stringify(
          contents.map(({ contentId, phrases }, n) => ({ n, id: contentId, phrases })),
        )}::jsonb) as c (n int, id bigint, phrases text[]) on c.n = p.n
        order by p.place) p
    ), promised as (
      insert into digests (id, subscriber_id, horizon, content_id, subscription_id, words, since, timezone, due_at, planned_at)
      overriding system value
      select p.digest, p.person, ${how.horizon}::bigint, p.content, p.follow, s.words || p.phrases, s.watching_since,
        r.timezone, p.due_at::timestamptz, ${how.now}::timestamptz
      from planned p join subscriptions s on s.id = p.follow join subscribers r on r.id = p.person
      where p.content is not null
    ), settled as (
      insert into digest_items (subscriber_id, change_id, subscription_id, digest_id, kind)
      select p.person, i.change_id, p.follow, p.digest, i.kind
      from planned p join unnest(${items.map((i) => i.n)}::int[], ${items.map((i) => i.changeId)}::bigint[],
        ${items.map((i) => i.kind)}::text[]) as i (n, change_id, kind) on i.n = p.n
    )
    insert into deliveries (kind, subscriber_id, digest_id, due_at, planned_at, message_date)
    select 'digest', person, digest, ${how.now}::timestamptz, ${how.now}::timestamptz, ${how.now}::timestamptz
    from planned where content is not null order by digest returning id`.execute(tx);
  return rows.map(({ id }) => id);
}
