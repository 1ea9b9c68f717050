import { sql } from 'kysely';
import type { Topic } from '../../core/matching/topics.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { lockPeople, startNoNewsClock } from './note-schedule.ts';

/** A subscription that waits for its baseline. `words`: the words for the registry's condition search. */
export type Unwatched = {
  id: number;
  kind: 'trial' | 'condition';
  registryId: string | null;
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  phrases: string[];
  topics: Topic[];
};

/** Active subscriptions whose baseline is not stored yet, oldest first. */
export async function listUnwatched(db: Db, registry: string): Promise<Unwatched[]> {
  const rows = await db
    .selectFrom('subscriptions')
    .select(['id', 'kind', 'registry_id', 'words', 'concept_id', 'concept_term', 'phrases', 'topics'])
    .where('registry', '=', registry)
    .where('state', '=', 'active')
    .where('watching_since', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    registryId: row.registry_id,
    words: row.concept_term ?? row.words,
    conceptId: row.concept_id,
    conceptTerm: row.concept_term,
    phrases: row.phrases,
    topics: row.topics,
  }));
}

/** A followed condition whose present trials in another registry are not stored yet. */
export type WithoutBaseline = Pick<Unwatched, 'id' | 'words' | 'topics'>;

/** Followed conditions of other registries whose trials in this one are not stored yet, oldest first. */
export async function listWithoutBaseline(db: Db, registry: string): Promise<WithoutBaseline[]> {
  const { rows } = await sql<WithoutBaseline>`
    select id, coalesce(concept_term, words) as words, topics from subscriptions
    where kind = 'condition' and state in ('active', 'paused') and registry is distinct from ${registry}
      and not ${registry} = any(baselines) order by id`.execute(db);
  return rows;
}

/** Records that a registry's present trials of these conditions are stored. */
export async function addBaseline(tx: Tx, ids: number[], registry: string): Promise<void> {
  await sql`update subscriptions set baselines = array_append(baselines, ${registry})
    where id = any(${ids}::bigint[]) and not ${registry} = any(baselines)`.execute(tx);
}

/** Selects the subscriptions whose baseline is stored. */
export async function listWatching(db: Db, ids: number[]): Promise<Set<number>> {
  const { rows } = await sql<{ id: number }>`
    select id from subscriptions where id = any(${ids}::bigint[]) and position is not null`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** Starts watching: the baseline is stored, and changes released from now on are reported. */
export async function startWatching(tx: Tx, ids: number[], now: Instant): Promise<void> {
  const { rows: owners } = await sql<{ id: number }>`
    select distinct subscriber_id as id from subscriptions where id = any(${ids}::bigint[])`.execute(tx);
  await lockPeople(
    tx,
    owners.map(({ id }) => id),
  );
  const { rows } = await sql<{ id: number }>`
    update subscriptions set position = (select value from counters where name = 'position'), watching_since = ${now}
    where id = any(${ids}::bigint[]) and state = 'active' and position is null returning subscriber_id as id`.execute(
    tx,
  );
  await startNoNewsClock(tx, [...new Set(rows.map(({ id }) => id))], now);
}
