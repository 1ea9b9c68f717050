import { sql } from 'kysely';
import type { Candidate } from '../../core/digests/compose.ts';
import { planOnce, type Tx } from '../connect.ts';
import { numberArray } from '../number-array.ts';
import { asksForFacet } from '../subscribers/subscription-conditions.ts';

/** The parts of a subscription that decide which changes reach it. */
export type Reach = { topics: string[]; facets: string[]; position: number };

/** A released change, for everyone whom it reaches. */
export type ReachedChange = Omit<
  Candidate,
  'subscriptionId' | 'subscriberId' | 'notifiedLater' | 'toldElsewhere'
>;

/** The positions of the changes that each of these reaches up to the horizon, ascending. One statement. */
export async function listReached(tx: Tx, reaches: readonly Reach[], horizon: number): Promise<number[][]> {
  const asked = reaches.map(({ topics, facets, position }, n) => ({ n, topics, facets, position }));
  const { rows } = await sql<{ n: number; positions: number[] }>`
    select s.n, jsonb_agg(distinct c.position) as positions
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as s (n int, topics text[], facets text[], position bigint)
    cross join lateral unnest(s.topics) as t (topic)
    join topic_changes tc on tc.topic = t.topic and tc.position > s.position and tc.position <= ${horizon}
    join changes c on c.position = tc.position
    where ${asksForFacet} group by s.n`.execute(tx);
  const found = new Map(rows.map(({ n, positions }) => [n, positions.toSorted((a, b) => a - b)]));
  return reaches.map((_, n) => found.get(n) ?? []);
}

/** The released changes at these positions. */
export async function loadReached(tx: Tx, positions: readonly number[]): Promise<ReachedChange[]> {
  if (positions.length === 0) return [];
  const { rows } = await sql<ReachedChange>`
    select c.id as "changeId", c.position, c.trial_id as "trialId", c.version, c.change,
      c.other_topics as "otherTopics", c.detected_at as "detectedAt"
    from changes c where c.position = any(${[...positions]}::bigint[])`.execute(tx);
  return rows;
}

/** A person, and the place of what a due subscription of theirs reaches in the list of `listWithHistory`. */
export type AskedHistory = { subscriberId: number; n: number };

/** The changes that a subscription reaches, and the linked records of their trials that may have told the same. */
export type ReachedHistory = { changes: readonly ReachedChange[]; linked: readonly number[] };

/**
 * The people among `asked` whose earlier mails may decide what they are told: one of these changes was settled for
 * them, or a mail told them of a linked record (X8). Never too few.
 */
export async function listWithHistory(
  tx: Tx,
  asked: readonly AskedHistory[],
  reached: readonly ReachedHistory[],
): Promise<Set<number>> {
  if (asked.length === 0) return new Set();
  const recent = await listSettledBetween(tx, asked, reached);
  const isLinked = ({ n }: AskedHistory) => (reached[n]?.linked.length ?? 0) > 0;
  const suspects = asked.filter((one) => recent.has(one.subscriberId) || isLinked(one));
  if (suspects.length === 0) return new Set();
  const of = [...new Set(suspects.map(({ n }) => n))].map((n) => {
    const { changes = [], linked = [] } = reached[n] ?? {};
    return { n, changes: changes.map(({ changeId }) => changeId), linked };
  });
  const { rows } = await sql<{ id: number }>`
    select distinct p.person as id
    from unnest(${numberArray(suspects.map(({ subscriberId }) => subscriberId))}::bigint[],
      ${numberArray(suspects.map(({ n }) => n))}::int[]) as p (person, n)
    join jsonb_to_recordset(${JSON.stringify(of)}::jsonb) as r (n int, changes bigint[], linked bigint[]) on r.n = p.n
    where exists (select from digest_items i where i.subscriber_id = p.person and i.change_id = any(r.changes))
      or (cardinality(r.linked) > 0 and exists (
        select from digest_items i join changes c on c.id = i.change_id
        where i.subscriber_id = p.person and i.digest_id is not null and c.trial_id = any(r.linked)))`.execute(
    tx,
  );
  return new Set(rows.map(({ id }) => id));
}

/** The people for whom anything was settled between the first and the last change that they reach: few, if any. */
async function listSettledBetween(
  tx: Tx,
  asked: readonly AskedHistory[],
  reached: readonly ReachedHistory[],
): Promise<Set<number>> {
  const endOf = (end: (...ids: number[]) => number) =>
    reached.map(({ changes }) =>
      changes.reduce((found, { changeId }) => end(found, changeId), changes[0]?.changeId ?? 0),
    );
  const [firsts, lasts] = [endOf(Math.min), endOf(Math.max)];
  const { rows } = await sql<{ id: number }>`${planOnce}
    select distinct p.person as id
    from unnest(${numberArray(asked.map(({ subscriberId }) => subscriberId))}::bigint[],
      ${numberArray(asked.map(({ n }) => firsts[n]))}::bigint[], ${numberArray(asked.map(({ n }) => lasts[n]))}::bigint[])
      as p (person, first, last)
    where exists (
      select from digest_items i where i.subscriber_id = p.person and i.change_id between p.first and p.last)`.execute(
    tx,
  );
  return new Set(rows.map(({ id }) => id));
}

/** What mails show of each of these trials: the same text as long as that is the same. */
export async function readTrialStamps(tx: Tx, trialIds: readonly number[]): Promise<Map<number, string>> {
  const ids = [...trialIds];
  const { rows } = await sql<{ id: number; stamp: string }>`
    select t.id, concat_ws(' ', t.version, t.removed_at, h.held) as stamp from trials t
    left join (
      select trial_id, string_agg(facet || version, ' ' order by facet, version) as held from changes
      where state = 'held' and trial_id = any(${ids}::bigint[]) group by trial_id) h on h.trial_id = t.id
    where t.id = any(${ids}::bigint[])`.execute(tx);
  return new Map(rows.map(({ id, stamp }) => [id, stamp]));
}
