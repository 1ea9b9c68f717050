import { sql } from 'kysely';
import type { Day } from '../../core/trial.ts';
import type { Db } from '../connect.ts';

/** A former number of a stored trial, with the trial's last update. */
export type AliasClaim = { alias: string; updatedOn: Day | null };

/** Which of `ids` are the present numbers of stored trials, and which of `aliases` are former numbers. */
export async function listClaims(
  db: Db,
  registry: string,
  { ids, aliases }: { ids: string[]; aliases: string[] },
): Promise<{ ids: Set<string>; aliases: AliasClaim[] }> {
  const { rows: own } = await sql<{ id: string }>`
    select registry_id as id from trials where registry = ${registry} and registry_id = any(${ids}::text[])`.execute(
    db,
  );
  const { rows: former } = await sql<AliasClaim>`
    select a.alias, t.last_update_posted_on as "updatedOn" from trial_aliases a join trials t on t.id = a.trial_id
    where a.registry = ${registry} and a.alias = any(${aliases}::text[]) and t.registry_id <> a.alias
      and not exists (select from trials o where o.registry = a.registry and o.registry_id = a.alias)`.execute(
    db,
  );
  return { ids: new Set(own.map(({ id }) => id)), aliases: former };
}
