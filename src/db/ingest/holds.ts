import { sql } from 'kysely';
import {
  type FacetFigures,
  firstShares,
  type HeldFacet,
  judgeRun,
  type UsualShares,
} from '../../core/anomaly-hold.ts';
import type { Facet } from '../../core/change.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import { TrialbellError } from '../../errors.ts';
import type { Db, Tx } from '../connect.ts';
import type { RunKind } from '../schema.ts';
import { lockPositions, releaseChanges } from './changes.ts';

/** Own runs needed before their shares count as usual, and how many of the newest are looked at. */
const runsNeeded = 20;
const runsLookedAt = 100;

/**
 * The end of a run: the brake looks at all its pending changes (those of runs that were cut off before it included);
 * what is held waits, and later changes of the same trial and facet wait with it; the rest is released.
 */
export async function releaseOrHoldChanges(
  tx: Tx,
  run: { id: number; registry: string; kind: RunKind },
  now: Instant,
): Promise<{ released: number; held: number; because: HeldFacet[] }> {
  // No decision of an admin comes between what this finds held and what it makes wait.
  await lockPositions(tx);
  // First: a whole run that takes back what was discarded is no surprise.
  await discardReturns(tx, run.registry);
  await holdOtherTrials(tx, run);
  const { changedTrials, figures } = await readFigures(tx, run.registry);
  const because = judgeRun(changedTrials, figures, await readUsualShares(tx, run));
  await writeFigures(tx, run.id, figures, because);
  const facets = because.map(({ facet }) => facet);
  await sql`
    update changes c set state = 'held', held_by = ${run.id} from runs r
    where r.id = c.run_id and r.registry = ${run.registry} and c.state = 'pending'
      and c.facet = any(${facets}::text[]) and not c.by_calendar`.execute(tx);
  await waitWithHeld(tx, run.registry);
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from changes c join runs r on r.id = c.run_id
    where c.state = 'held' and (c.run_id = ${run.id} or c.held_by = ${run.id})`.execute(tx);
  return { released: await releaseChanges(tx, run.registry, now), held: rows[0]?.count ?? 0, because };
}

/** Holds what comes from a record that became another trial's, whatever the rest of the run looks like (N5). */
async function holdOtherTrials(tx: Tx, run: { id: number; registry: string }): Promise<void> {
  await sql`
    with held as (
      update changes c set state = 'held', held_by = ${run.id} from runs r
      where r.id = c.run_id and r.registry = ${run.registry} and c.state = 'pending' and c.other_trial
      returning c.facet, c.trial_id)
    insert into run_facets (run_id, facet, trials, silent, emptied, held_because)
    select ${run.id}, facet, count(distinct trial_id), 0, 0,
      'the record turned into another trial''s: title and more differ altogether (' || count(distinct trial_id) || ')'
    from held group by facet`.execute(tx);
}

/** What is written beside a decision, in its transaction: how many changes it was about. */
export type Beside = (tx: Tx, count: number) => Promise<void>;

/** An admin lets held changes go, all of a run's or one facet's. Returns how many. Throws when nothing is held there. */
export async function releaseHeldChanges(
  db: Db,
  runId: number,
  facet: Facet | null,
  now: Instant,
  beside: Beside = async () => {},
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await lockPositions(tx);
    const { registry, ids } = await takeHeld(tx, runId, facet);
    await waitWithHeld(tx, registry);
    const released = await releaseChanges(tx, registry, now, ids);
    if (released === 0) {
      throw new TrialbellError(
        `What run ${runId} holds follows on what an earlier run holds: decide about that first. See: trialbell runs`,
      );
    }
    await beside(tx, released);
    return released;
  });
}

/**
 * An admin takes held changes for the registry's mistake: their value becomes the baseline in silence, and a later return
 * to the value before is no news either. What waited with them goes on. Throws when nothing is held there.
 */
export async function discardHeldChanges(
  db: Db,
  runId: number,
  facet: Facet | null,
  now: Instant,
  beside: Beside = async () => {},
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await lockPositions(tx);
    // What the run held itself, of a reading that was cut off before it too; what came later only waited.
    const count = await sql`
      update changes set state = 'discarded' where state = 'held' and held_by = ${runId} and run_id <= ${runId}
        and (${facet}::text is null or facet = ${facet})`.execute(tx);
    const discarded = Number(count.numAffectedRows ?? 0);
    const { registry, ids } = await takeHeld(tx, runId, facet, discarded);
    await waitWithHeld(tx, registry);
    await discardReturns(tx, registry);
    await releaseChanges(tx, registry, now, ids);
    await beside(tx, discarded);
    return discarded;
  });
}

/** What is held, by run and facet, with the reason. */
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

/** Whether something is held since before an instant. */
export async function isHeldSince(db: Db | Tx, instant: Instant): Promise<boolean> {
  const { rows } =
    await sql`select 1 from changes where state = 'held' and detected_at < ${instant} limit 1`.execute(db);
  return rows.length > 0;
}

/** How these trials were before what is held of them, by facet: nobody is mailed the values of a held change either. */
export async function loadBeforeHeld(
  tx: Tx,
  trialIds: number[],
): Promise<{ trialId: number; facet: Facet; before: Trial }[]> {
  const { rows } = await sql<{ trialId: number; facet: Facet; before: Trial }>`
    select h.trial_id as "trialId", h.facet, v.trial as before
    from (select trial_id, facet, min(version) as version from changes
      where state = 'held' and trial_id = any(${trialIds}::bigint[]) group by trial_id, facet) h
    join trial_versions v on v.trial_id = h.trial_id and v.version = h.version - 1`.execute(tx);
  return rows;
}

/** Makes what is still held by a run pending. A run that is held no more is completed, those that only waited with it too. */
async function takeHeld(
  tx: Tx,
  runId: number,
  facet: Facet | null,
  already = 0,
): Promise<{ registry: string; ids: number[] }> {
  const run = await tx
    .selectFrom('runs')
    .select(['registry'])
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirst();
  const { rows: taken } = await sql<{ id: number; runId: number }>`
    update changes set state = 'pending', held_by = null where state = 'held' and held_by = ${runId}
      and (${facet}::text is null or facet = ${facet}) returning id, run_id as "runId"`.execute(tx);
  if (!run || taken.length + already === 0) {
    const what = facet ? `Nothing of the facet ${facet}` : 'Nothing';
    throw new TrialbellError(
      `${what} is held in run ${runId}: it was decided already, was never held, or there is no such run. See: trialbell runs`,
    );
  }
  const runs = [...new Set([runId, ...taken.map((change) => change.runId)])];
  await sql`
    update runs r set held = h.count, outcome = case when r.outcome <> 'held' then r.outcome when h.count > 0 then 'held'
      else 'completed' end
    from (select w.id, count(c.id) as count from unnest(${runs}::bigint[]) as w (id)
      left join changes c on c.state = 'held' and (c.run_id = w.id or c.held_by = w.id) group by w.id) h
    where h.id = r.id`.execute(tx);
  return { registry: run.registry, ids: taken.map((change) => change.id) };
}

/** What a change speaks of within its trial and facet: one site, one date, or the facet as a whole. */
const subject = (alias: 'b' | 'c' | 'd') => {
  const change = sql.ref(`${alias}.change`);
  return sql`case ${sql.ref(`${alias}.facet`)}
    when 'sites' then coalesce(${change}->'site'->>'facility', '') || '/' || coalesce(${change}->'site'->>'city', '')
    else ${sql.ref(`${alias}.kind`)} end`;
};

async function waitWithHeld(tx: Tx, registry: string): Promise<void> {
  await sql`
    update changes c set state = 'held', held_by = h.held_by
    from (select distinct on (trial_id, facet) id, trial_id, facet, held_by from changes where state = 'held'
      order by trial_id, facet, id) h, runs r
    where r.id = c.run_id and r.registry = ${registry} and c.state = 'pending'
      and h.trial_id = c.trial_id and h.facet = c.facet and h.id < c.id`.execute(tx);
}

/**
 * A pending change back to the value before a discarded one is discarded too, unless something of the same subject was
 * told since. Only what an admin discarded counts, not a return: the next change away from that value is news again.
 */
async function discardReturns(tx: Tx, registry: string): Promise<void> {
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

async function readFigures(
  tx: Tx,
  registry: string,
): Promise<{ changedTrials: number; figures: FacetFigures[] }> {
  const { rows } = await sql<FacetFigures>`
    select c.facet, count(distinct c.trial_id) as trials,
      count(distinct c.trial_id) filter (where c.silent) as silent,
      count(distinct c.trial_id) filter (where c.emptied) as emptied
    from changes c join runs r on r.id = c.run_id
    where c.state = 'pending' and r.registry = ${registry} and c.facet <> 'registration' and not c.by_calendar
    group by c.facet`.execute(tx);
  const { rows: all } = await sql<{ count: number }>`
    select count(distinct c.trial_id) as count from changes c join runs r on r.id = c.run_id
    where c.state = 'pending' and r.registry = ${registry} and c.facet <> 'registration' and not c.by_calendar`.execute(
    tx,
  );
  return { changedTrials: all[0]?.count ?? 0, figures: rows };
}

async function writeFigures(
  tx: Tx,
  runId: number,
  figures: FacetFigures[],
  held: HeldFacet[],
): Promise<void> {
  if (figures.length === 0) return;
  const because = new Map(held.map(({ facet, reason }) => [facet, reason]));
  await tx
    .insertInto('run_facets')
    .values(figures.map((one) => ({ ...one, run_id: runId, held_because: because.get(one.facet) ?? null })))
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

/** The shares of one's own runs, sweeps and incremental reads apart; the measured ones until there are enough. */
async function readUsualShares(tx: Tx, run: { registry: string; kind: RunKind }): Promise<UsualShares> {
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
  if ((rows[0]?.runs ?? 0) < runsNeeded) return firstShares;
  return { ...firstShares, ...Object.fromEntries(rows.map(({ facet, share }) => [facet, share])) };
}
