import { sql } from 'kysely';
import { numberKey } from '../../core/links/registry-numbers.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';

/** A stored trial for a list of trials. `asked` is the id that found it, which may be obsolete. */
export type NamedTrial = { asked: string; id: string; title: string; watchedSince: Instant };

/** The stored trials with these ids, including obsolete ones. */
export async function listTrials(db: Db, registry: string, ids: readonly string[]): Promise<NamedTrial[]> {
  const { rows } = await sql<NamedTrial>`
    select asked.id as asked, t.registry_id as id, t.title, t.watched_since as "watchedSince"
    from unnest(${[...ids]}::text[]) as asked (id)
    left join trial_aliases a on a.registry = ${registry} and a.alias = asked.id
    join trials t on t.registry = ${registry} and (t.registry_id = asked.id or t.id = a.trial_id)
    order by asked.id, t.registry_id = asked.id`.execute(db);
  return rows;
}

/** A stored trial that a number leads to. */
export type NumberedTrial = NamedTrial & { registry: string };

/**
 * The stored trials with these numbers: those that have or had the number themselves, else those whose records
 * name it. `asked` is the given number.
 */
export async function listTrialsByNumber(db: Db, numbers: readonly string[]): Promise<NumberedTrial[]> {
  if (numbers.length === 0) return [];
  const { rows } = await sql<NumberedTrial & { ids: string[] }>`
    select asked.number as asked, t.registry, t.registry_id as id, t.title, t.watched_since as "watchedSince",
      array(select alias from trial_aliases where trial_id = t.id) || t.registry_id as ids
    from unnest(${[...numbers]}::text[], ${numbers.map(numberKey)}::text[]) as asked (number, key)
    join trials t on t.numbers && array[asked.key]
    order by asked.number, t.registry_id`.execute(db);
  return [...Map.groupBy(rows, ({ asked }) => asked)].flatMap(([number, found]) => {
    const key = numberKey(number);
    const own = found.filter(({ ids }) => ids.some((id) => numberKey(id) === key));
    return (own.length > 0 ? own : found).map(({ ids: _, ...trial }) => trial);
  });
}
