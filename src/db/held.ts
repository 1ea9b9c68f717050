import { sql } from 'kysely';
import { type FacetFigures, firstShares, type HeldFacet, judgeRun, type UsualShares } from '../core/brake.ts';
import type { Facet } from '../core/change.ts';
import type { Instant } from '../core/trial.ts';
import { TrialbellError } from '../errors.ts';
import { releaseChanges } from './changes.ts';
import type { Db, Tx } from './connect.ts';
import type { RunKind } from './schema.ts';

/** Own runs needed before their shares count as usual, and how many of the newest are looked at. */
const runsNeeded = 20;
const runsLookedAt = 100;

/**
 * The end of a run: the brake looks at all its pending changes (those of runs that were cut off before it included);
 * what is held waits, and later changes of the same trial and facet wait with it; the rest is released.
 */
export async function settleChanges(
  tx: Tx,
  run: { id: number; registry: string; kind: RunKind },
  now: Instant,
): Promise<{ released: number; held: number; because: HeldFacet[] }> {
  const { changedTrials, figures } = await readFigures(tx, run.registry);
  const because = judgeRun(changedTrials, figures, await readUsualShares(tx, run));
  await writeFigures(tx, run.id, figures, because);
  const facets = because.map(({ facet }) => facet);
  await sql`
    update changes c set state = 'held', held_by = ${run.id} from runs r
    where r.id = c.run_id and r.registry = ${run.registry} and c.state = 'pending'
      and c.facet = any(${facets}::text[]) and not c.by_calendar`.execute(tx);
  await waitWithHeld(tx, run.registry);
  await discardReturns(tx, run.registry);
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from changes c join runs r on r.id = c.run_id
    where c.state = 'held' and (c.run_id = ${run.id} or c.held_by = ${run.id})`.execute(tx);
  return { released: await releaseChanges(tx, run.registry, now), held: rows[0]?.count ?? 0, because };
}

/** An admin lets held changes go, all of a run's or one facet's. Returns how many. Throws when nothing is held there. */
export async function releaseHeld(db: Db, runId: number, facet: Facet | null, now: Instant): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const registry = await takeHeld(tx, runId, facet, 'pending');
    return releaseChanges(tx, registry, now);
  });
}

/**
 * An admin takes held changes for the registry's mistake: their value becomes the baseline in silence, and a later return
 * to the value before is no news either. What waited with them goes on. Throws when nothing is held there.
 */
export async function discardHeld(db: Db, runId: number, facet: Facet | null, now: Instant): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const count = await sql`
      update changes set state = 'discarded' where state = 'held' and held_by = ${runId} and run_id = ${runId}
        and (${facet}::text is null or facet = ${facet})`.execute(tx);
    const discarded = Number(count.numAffectedRows ?? 0);
    const registry = await takeHeld(tx, runId, facet, 'pending', discarded);
    await discardReturns(tx, registry);
    await releaseChanges(tx, registry, now);
    return discarded;
  });
}

/** What is held, by run and facet, with the reason. */
export async function listHeld(
  db: Db,
): Promise<{ runId: number; facet: Facet; changes: number; trials: number; because: string | null }[]> {
  const { rows } = await sql<{
    runId: number;
    facet: Facet;
    changes: number;
    trials: number;
    because: string | null;
  }>`
    select c.held_by as "runId", c.facet, count(*) as changes, count(distinct c.trial_id) as trials,
      max(f.held_because) as because
    from changes c left join run_facets f on f.run_id = c.held_by and f.facet = c.facet
    where c.state = 'held' group by c.held_by, c.facet order by c.held_by desc, c.facet`.execute(db);
  return rows;
}

/** Whether something is held since before an instant. */
export async function isHeldSince(db: Db | Tx, instant: Instant): Promise<boolean> {
  const { rows } =
    await sql`select 1 from changes where state = 'held' and detected_at < ${instant} limit 1`.execute(db);
  return rows.length > 0;
}

async function takeHeld(
  tx: Tx,
  runId: number,
  facet: Facet | null,
  state: 'pending',
  already = 0,
): Promise<string> {
  const run = await tx
    .selectFrom('runs')
    .select(['registry'])
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirst();
  const taken = await sql`
    update changes set state = ${state}, held_by = null where state = 'held' and held_by = ${runId}
      and (${facet}::text is null or facet = ${facet})`.execute(tx);
  if (!run || Number(taken.numAffectedRows ?? 0) + already === 0) {
    const what = facet ? `Nothing of the facet ${facet}` : 'Nothing';
    throw new TrialbellError(
      `${what} is held in run ${runId}: it was decided already, or never held. See: trialbell runs`,
    );
  }
  await sql`update runs set held = (select count(*) from changes where state = 'held' and held_by = ${runId}),
      outcome = case when exists (select from changes where state = 'held' and held_by = ${runId}) then 'held'
        else 'completed' end
    where id = ${runId} and outcome in ('held', 'completed')`.execute(tx);
  return run.registry;
}

/** What a change speaks of within its trial and facet: one site, one date, or the facet as a whole. */
const subject = (alias: 'c' | 'd') => {
  const change = sql.ref(`${alias}.change`);
  return sql`case ${sql.ref(`${alias}.facet`)}
    when 'sites' then coalesce(${change}->'site'->>'facility', '') || '/' || coalesce(${change}->'site'->>'city', '')
    when 'status' then '' else ${sql.ref(`${alias}.kind`)} end`;
};

async function waitWithHeld(tx: Tx, registry: string): Promise<void> {
  await sql`
    update changes c set state = 'held', held_by = h.held_by
    from (select distinct on (trial_id, facet) trial_id, facet, held_by from changes where state = 'held'
      order by trial_id, facet, id) h, runs r
    where r.id = c.run_id and r.registry = ${registry} and c.state = 'pending'
      and h.trial_id = c.trial_id and h.facet = c.facet`.execute(tx);
}

/** A pending change back to the value before a discarded one is discarded too. */
async function discardReturns(tx: Tx, registry: string): Promise<void> {
  await sql`
    update changes c set state = 'discarded' from runs r
    where r.id = c.run_id and r.registry = ${registry} and c.state = 'pending' and exists (
      select from changes d where d.trial_id = c.trial_id and d.facet = c.facet and d.id < c.id
        and d.state = 'discarded' and d.change->'before' = c.change->'after' and ${subject('d')} = ${subject('c')}
        and not exists (select from changes b where b.trial_id = c.trial_id and b.facet = c.facet
          and b.id > d.id and b.id < c.id and b.state in ('released', 'pending', 'held')
          and b.change->'before' = d.change->'after'))`.execute(tx);
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
    .onConflict((conflict) => conflict.doNothing())
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
