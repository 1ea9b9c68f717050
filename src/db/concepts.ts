import { sql } from 'kysely';
import type { Concept } from '../core/trial.ts';
import type { Db, Tx } from './connect.ts';

/** Learns the concepts that stored records carry: the vocabulary a typed condition is resolved against. */
export async function learnConcepts(tx: Tx, concepts: Concept[]): Promise<void> {
  const terms = new Map(concepts.map((concept) => [concept.id, concept.term]));
  if (terms.size === 0) return;
  await sql`
    insert into concepts (id, term) select * from unnest(${[...terms.keys()]}::text[], ${[...terms.values()]}::text[])
    on conflict (id) do update set term = excluded.term where concepts.term <> excluded.term`.execute(tx);
}

/** Every concept known, with the number of stored trials under it. */
export async function listConcepts(db: Db): Promise<{ id: string; term: string; count: number }[]> {
  const { rows } = await sql<{ id: string; term: string; count: number }>`
    select c.id, c.term, coalesce(n.count, 0)::int as count
    from concepts c left join (
      select topic, count(*) as count from trials cross join lateral unnest(topics) as t (topic)
      where topic like 'concept:%' group by topic
    ) n on n.topic = 'concept:' || c.id`.execute(db);
  return rows;
}
