import { sql } from 'kysely';
import type { FacetFigures, HeldFacet } from '../../core/anomaly-hold.ts';
import type { Facet } from '../../core/change.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import type { RunKind } from '../schema.ts';
import { type StoredVersion, storedVersion, trialIn } from '../stored-trial.ts';
import { type HeldPart, isInPart } from './transitions.ts';

/** The number of newest runs from which the usual shares are computed. */
const runsLookedAt = 100;

/**
 * A registry's pending changes by facet, in trials. Leaves out registrations and the registry's own calendar.
 */
export async function countPendingByFacet(
  tx: Tx,
  registry: string,
): Promise<{ changedTrials: number; figures: FacetFigures[] }> {
  const counted = sql`from changes c join runs r on r.id = c.run_id
    where c.state = 'pending' and r.registry = ${registry} and c.facet <> 'registration' and not c.by_calendar`;
  const { rows: figures } = await sql<FacetFigures>`
    select c.facet, count(distinct c.trial_id) as trials,
      count(distinct c.trial_id) filter (where c.silent) as silent,
      count(distinct c.trial_id) filter (where c.emptied) as emptied
    ${counted} group by c.facet`.execute(tx);
  const { rows: all } = await sql<{ count: number }>`
    select count(distinct c.trial_id) as count ${counted}`.execute(tx);
  return { changedTrials: all[0]?.count ?? 0, figures };
}

/** The share of each facet among the changed trials of the newest completed runs: of sweeps for a sweep, else of others. */
export async function readFacetShares(
  tx: Tx,
  run: { registry: string; kind: RunKind },
): Promise<{ runs: number; shares: Partial<Record<Facet, number>> }> {
  const isSweep = run.kind === 'sweep';
  const { rows } = await sql<{ facet: Facet; share: number; runs: number }>`
    with recent as (
      select r.id, r.changed from runs r
      where r.registry = ${run.registry} and (r.kind = 'sweep') = ${isSweep} and r.outcome = 'completed' and r.changed > 0
      order by r.id desc limit ${runsLookedAt}
    )
    select f.facet, sum(f.trials)::float8 / (select sum(changed) from recent) as share, (select count(*) from recent) as runs
    from run_facets f join recent r on r.id = f.run_id where f.held_because is null group by f.facet`.execute(
    tx,
  );
  return {
    runs: rows[0]?.runs ?? 0,
    shares: Object.fromEntries(rows.map(({ facet, share }) => [facet, share])),
  };
}

/** Writes a run's changes by facet, with the reason if the facet is held. */
export async function writeRunFacets(
  tx: Tx,
  runId: number,
  figures: FacetFigures[],
  held: HeldFacet[],
): Promise<void> {
  if (figures.length === 0) return;
  const reasons = new Map(held.map(({ facet, reason }) => [facet, reason]));
  await tx
    .insertInto('run_facets')
    .values(figures.map((one) => ({ ...one, run_id: runId, held_because: reasons.get(one.facet) ?? null })))
    .onConflict((conflict) =>
      conflict.columns(['run_id', 'facet']).doUpdateSet(({ ref, fn }) => ({
        trials: ref('excluded.trials'),
        silent: ref('excluded.silent'),
        emptied: ref('excluded.emptied'),
        held_because: fn.coalesce('run_facets.held_because', 'excluded.held_because'),
      })),
    )
    .execute();
}

/** Holds a registry's pending changes of some facets on behalf of a run. */
export async function holdFacets(
  tx: Tx,
  run: { id: number; registry: string },
  facets: readonly Facet[],
): Promise<void> {
  await sql`
    update changes c set state = 'held', held_by = ${run.id} from runs r
    where r.id = c.run_id and r.registry = ${run.registry} and c.state = 'pending'
      and c.facet = any(${[...facets]}::text[]) and not c.by_calendar`.execute(tx);
}

/**
 * Holds the changes of records that now belong to another trial, with the reason, whatever the rest of the
 * run looks like (N5).
 */
export async function holdOtherTrials(tx: Tx, run: { id: number; registry: string }): Promise<void> {
  await sql`
    with held as (
      update changes c set state = 'held', held_by = ${run.id} from runs r
      where r.id = c.run_id and r.registry = ${run.registry} and c.state = 'pending' and c.other_trial
      returning c.facet, c.trial_id)
    insert into run_facets (run_id, facet, trials, silent, emptied, held_because)
    select ${run.id}, facet, count(distinct trial_id), 0, 0,
      'the record became another trial''s: its title and other fields are entirely different (' || count(distinct trial_id) || ')'
    from held group by facet`.execute(tx);
}

/** Holds pending changes that follow a held one of the same trial and facet. */
export async function holdFollowing(tx: Tx, registry: string): Promise<void> {
  await sql`
    update changes c set state = 'held', held_by = h.held_by
    from (select distinct on (trial_id, facet) id, trial_id, facet, held_by from changes where state = 'held'
      order by trial_id, facet, id) h, runs r
    where r.id = c.run_id and r.registry = ${registry} and c.state = 'pending'
      and h.trial_id = c.trial_id and h.facet = c.facet and h.id < c.id`.execute(tx);
}

/** The number of held changes that a run detected or holds. */
export async function countHeldOf(tx: Tx, runId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from changes c
    where c.state = 'held' and (c.run_id = ${runId} or c.held_by = ${runId})`.execute(tx);
  return rows[0]?.count ?? 0;
}

/** The subject of a change within its trial and facet: one site, one country, one date, or the facet as a whole. */
const subject = (alias: 'b' | 'c' | 'd') => {
  const change = sql.ref(`${alias}.change`);
  return sql`case ${sql.ref(`${alias}.facet`)}
    when 'sites' then coalesce(${change}->'site'->>'facility', '') || '/' || coalesce(${change}->'site'->>'city', '')
    when 'countries' then ${change}->>'country'
    else ${sql.ref(`${alias}.kind`)} end`;
};

/**
 * Discards pending changes that return to the value before a discarded one, unless the same subject was told
 * since. Only an admin's discard counts, not such a return: the next change away from that value is news
 * again.
 */
export async function discardReturns(tx: Tx, registry: string): Promise<void> {
  await sql`
    update changes c set state = 'discarded' from runs r
    where r.id = c.run_id and r.registry = ${registry} and c.state = 'pending' and exists (
      select from changes d where d.trial_id = c.trial_id and d.facet = c.facet and d.id < c.id
        and d.state = 'discarded' and d.held_by is not null and d.change->'before' = c.change->'after'
        and (c.change->'before' <> c.change->'after' or c.kind <> d.kind) and ${subject('d')} = ${subject('c')}
        and not exists (select from changes b where b.trial_id = c.trial_id and b.facet = c.facet
          and b.id > d.id and b.id < c.id and b.state in ('released', 'pending', 'held')
          and ${subject('b')} = ${subject('c')}))`.execute(tx);
}

/**
 * Decides about a part of what a run holds: its own changes, including those of interrupted runs before it, become
 * `own`; later changes, which only waited for them, become pending. Returns them all.
 */
export async function settleHeldBy(
  tx: Tx,
  runId: number,
  part: HeldPart,
  own: 'pending' | 'discarded',
): Promise<{ id: number; runId: number; state: 'pending' | 'discarded' }[]> {
  const isDiscarded = own === 'discarded' ? sql`h.run_id <= ${runId}` : sql`false`;
  const { rows } = await sql<{ id: number; runId: number; state: 'pending' | 'discarded' }>`
    update changes h set state = case when ${isDiscarded} then 'discarded' else 'pending' end,
      held_by = case when ${isDiscarded} then h.held_by end
    where h.state = 'held' and h.held_by = ${runId} and ${isInPart(runId, part)}
    returning h.id, h.run_id as "runId", h.state`.execute(tx);
  return rows;
}

/** Updates the number of held changes for these runs; a run without any becomes completed. */
export async function recountHeld(tx: Tx, runIds: readonly number[]): Promise<void> {
  await sql`
    update runs r set held = h.count, outcome = case when r.outcome <> 'held' then r.outcome when h.count > 0 then 'held'
      else 'completed' end
    from (select w.id, count(c.id) as count from unnest(${[...runIds]}::bigint[]) as w (id)
      left join changes c on c.state = 'held' and (c.run_id = w.id or c.held_by = w.id) group by w.id) h
    where h.id = r.id`.execute(tx);
}

/** The held changes by run and facet, with the reason; null for changes that only wait for others. */
export async function listHeldChanges(
  db: Db,
): Promise<{ runId: number; facet: Facet; changes: number; trials: number; because: string | null }[]> {
  const { rows } = await sql<{
    runId: number;
    facet: Facet;
    changes: number;
    trials: number;
    because: string | null;
  }>`
    select h.run_id as "runId", h.facet, h.changes, h.trials, f.held_because as because
    from (
      select held_by as run_id, facet, count(*) as changes, count(distinct trial_id) as trials
      from changes where state = 'held' group by held_by, facet
    ) h left join run_facets f on f.run_id = h.run_id and f.facet = h.facet
    order by h.run_id desc, h.facet`.execute(db);
  return rows;
}

/** The number of a registry's held changes. */
export async function countHeldIn(db: Db, registry: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from changes c join runs r on r.id = c.run_id
    where c.state = 'held' and r.registry = ${registry}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Whether a change detected before an instant is still held. */
export async function isHeldSince(db: Db | Tx, instant: Instant): Promise<boolean> {
  const { rows } =
    await sql`select 1 from changes where state = 'held' and detected_at < ${instant} limit 1`.execute(db);
  return rows.length > 0;
}

/** The versions of these trials before held changes, by facet: held values must not appear in mails. */
export async function loadBeforeHeld(
  tx: Tx,
  trialIds: number[],
): Promise<{ trialId: number; facet: Facet; before: Trial }[]> {
  const { rows } = await sql<{ trialId: number; facet: Facet } & StoredVersion>`
    select h.trial_id as "trialId", h.facet, ${storedVersion}
    from (select trial_id, facet, min(version) as version from changes
      where state = 'held' and trial_id = any(${trialIds}::bigint[]) group by trial_id, facet) h
    join trial_versions v on v.trial_id = h.trial_id and v.version = h.version - 1`.execute(tx);
  return rows.map((row) => ({ trialId: row.trialId, facet: row.facet, before: trialIn(row) }));
}
