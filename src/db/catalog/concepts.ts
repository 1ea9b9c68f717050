import { sql } from 'kysely';
import { canonicalConceptId } from '../../core/matching/concepts-kinds.ts';
import type { Concept } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { openCard, type StoredCard, storedCard, versionsWithoutCard } from '../stored-trial.ts';
import { type CostCache, cacheByCost } from './cost-cache.ts';

/** Adds the concepts of stored records to the vocabulary that typed conditions are resolved against. Known ones are not locked. */
export async function learnConcepts(tx: Tx, concepts: Concept[]): Promise<void> {
  const terms = new Map(concepts.map((concept) => [concept.id, concept.term]));
  if (terms.size === 0) return;
  await sql`
    insert into concepts (id, term)
    select r.id, r.term from unnest(${[...terms.keys()]}::text[], ${[...terms.values()]}::text[]) as r (id, term)
    where not exists (select from concepts k where k.id = r.id and k.term = r.term)
    on conflict (id) do update set term = excluded.term where concepts.term <> excluded.term`.execute(tx);
}

const counts = new WeakMap<Db, CostCache<Map<string, number>>>();

/**
 * The number of stored trials per concept, by topics: trials filed under it or beneath it, or naming it in a
 * followed phrase. Cached for some minutes if there are many trials, since counting reads them all.
 */
export function countTrialsByConcept(db: Db): Promise<Map<string, number>> {
  let remembered = counts.get(db);
  if (!remembered) {
    remembered = cacheByCost(() => countNow(db));
    counts.set(db, remembered);
  }
  return remembered.get();
}

async function countNow(db: Db): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; count: number }>`
    select k.id, count(*)::int as count
    from trials cross join lateral (
      select distinct split_part(topic, ':', 2) as id from unnest(topics) as t (topic)
      where topic like 'concept:%' or (topic like 'phrase:%' and topic not like 'phrase:-:%')
    ) k
    where removed_at is null group by k.id`.execute(db);
  return new Map(rows.map(({ id, count }) => [id, count]));
}

/** The conditions and titles of some stored trials about any of these topics. */
export async function listNamesAbout(db: Db, topics: string[], atMost: number): Promise<string[]> {
  const { rows } = await sql<StoredCard>`
    select ${storedCard} from trials t ${versionsWithoutCard}
    where t.topics && ${topics}::text[] and t.removed_at is null order by t.id desc limit ${atMost}`.execute(
    db,
  );
  return rows
    .map(openCard)
    .flatMap(({ conditions, title }) => [...conditions, title])
    .slice(0, 400);
}

/** Every known concept with its number of stored trials, from the same cache. */
export async function listConcepts(db: Db): Promise<{ id: string; term: string; count: number }[]> {
  const [rows, counted] = await Promise.all([
    db.selectFrom('concepts').select(['id', 'term']).execute(),
    countTrialsByConcept(db),
  ]);
  return rows.map(({ id, term }) => ({ id, term, count: counted.get(canonicalConceptId(id)) ?? 0 }));
}
