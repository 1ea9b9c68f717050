import { type RawBuilder, sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import { trialStatuses } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** The number of newest runs from which the usual counts are computed. */
const runsLookedAt = 100;

const status = (field: RawBuilder<unknown>) => {
  const text = sql`case jsonb_typeof(${field}) when 'object' then ${field}->>'status' else ${field} #>> '{}' end`;
  return sql`case when ${text} in (${sql.join(trialStatuses.map((one) => sql.lit(one)))}) then ${text} else '' end`;
};

/** The transition of the change `c`, as `readTransition` parses it. */
export const transition = sql<string>`concat_ws('.', c.facet, c.kind, ${status(sql`c.change->'before'`)}, ${status(sql`c.change->'after'`)})`;

/** Writes the counts of a registry's pending changes by transition, as `countPendingByFacet` counts facets. */
export async function writeRunTransitions(tx: Tx, run: { id: number; registry: string }): Promise<void> {
  await sql`
    insert into run_transitions (run_id, facet, transition, trials)
    select ${run.id}::bigint, c.facet, ${transition}, count(distinct c.trial_id)
    from changes c join runs r on r.id = c.run_id
    where c.state = 'pending' and r.registry = ${run.registry} and c.facet <> 'registration' and not c.by_calendar
    group by 2, 3`.execute(tx);
}

/** What is usual in a run: the trials of each transition on average, and over how many runs. */
export type UsualCounts = { runs: number; counts: Map<string, number> };

/**
 * The usual counts before a run, from the newest completed runs of its registry: from sweeps for a sweep, else from
 * others. Runs that held a facet do not count for it.
 */
export async function readUsualCounts(db: Db, runId: number): Promise<UsualCounts> {
  const { rows } = await sql<{ transition: string | null; usual: number; runs: number }>`
    with recent as (
      select r.id from runs r, runs this
      where this.id = ${runId} and r.id < this.id and r.registry = this.registry
        and (r.kind = 'sweep') = (this.kind = 'sweep') and r.outcome = 'completed' and r.changed > 0
      order by r.id desc limit ${runsLookedAt}
    ), held as (
      select f.run_id, f.facet from run_facets f join recent on recent.id = f.run_id where f.held_because is not null
    ), judged as (
      select x.facet, (select count(*) from recent) - count(held.run_id) as runs
      from (select distinct t.facet from run_transitions t join recent on recent.id = t.run_id) x
      left join held on held.facet = x.facet group by x.facet
    )
    select t.transition, sum(t.trials)::float8 / j.runs as usual, (select count(*) from recent) as runs
    from recent left join (run_transitions t join judged j on j.facet = t.facet and j.runs > 0) on t.run_id = recent.id
      and not exists (select from held where held.run_id = t.run_id and held.facet = t.facet)
    group by t.transition, j.runs`.execute(db);
  return {
    runs: rows[0]?.runs ?? 0,
    counts: new Map(
      rows.flatMap(({ transition, usual }) => (transition === null ? [] : [[transition, usual]])),
    ),
  };
}

/** The part of a run's held changes that a decision is about: a facet, some transitions, or everything (null). */
export type HeldPart = Facet | readonly string[] | null;

/**
 * Whether a held change `h` of a run is in a part. Of a trial's facet everything is decided at once, or nothing: with
 * transitions, only trials all of whose changes of a facet are among them, and what waits for those.
 */
export function isInPart(runId: number, part: HeldPart): RawBuilder<boolean> {
  if (part === null) return sql<boolean>`true`;
  if (typeof part === 'string') return sql<boolean>`h.facet = ${part}`;
  return sql<boolean>`(h.trial_id, h.facet) in (
    select c.trial_id, c.facet from changes c
    where c.state = 'held' and c.held_by = ${runId} and c.run_id <= ${runId}
    group by c.trial_id, c.facet having bool_and(${transition} = any(${[...part]}::text[])))`;
}
