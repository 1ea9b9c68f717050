import { type Selectable, sql } from 'kysely';
import { makeFigures, type RunFigures } from '../../core/run-figures.ts';
import type { Day, Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import type { Database, RunKind, RunOutcome } from '../schema.ts';

/** How far a registry has been read. */
export type RegistryState = {
  dataTimestamp: string | null;
  watermarkOn: Day | null;
  checkedAt: Instant | null;
  completedAt: Instant | null;
};

/** How far a registry has been read; all null before the first run. */
export async function readRegistryState(db: Db | Tx, registry: string): Promise<RegistryState> {
  const row = await db.selectFrom('registries').selectAll().where('id', '=', registry).executeTakeFirst();
  return {
    dataTimestamp: row?.data_timestamp ?? null,
    watermarkOn: row?.watermark_on ?? null,
    checkedAt: row?.checked_at ?? null,
    completedAt: row?.completed_at ?? null,
  };
}

/** Records that the registry answered at an instant. */
export async function markChecked(db: Db, registry: string, now: Instant): Promise<void> {
  await db
    .insertInto('registries')
    .values({ id: registry, data_timestamp: null, watermark_on: null, checked_at: now, completed_at: null })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ checked_at: now }))
    .execute();
}

/** Moves a registry's watermark: all data up to this timestamp has been stored. */
export async function moveWatermark(
  tx: Db | Tx,
  registry: string,
  data: { timestamp: string; day: Day },
  now: Instant,
): Promise<void> {
  await sql`insert into registries (id, data_timestamp, watermark_on, checked_at, completed_at)
    values (${registry}, ${data.timestamp}, ${data.day}, ${now}, ${now})
    on conflict (id) do update set data_timestamp = excluded.data_timestamp, watermark_on = excluded.watermark_on,
      checked_at = excluded.checked_at, completed_at = excluded.completed_at`.execute(tx);
}

/** Sets the watermark at the first successful read of a registry; later reads leave it. */
export async function beginWatermark(
  db: Db | Tx,
  registry: string,
  data: { timestamp: string; day: Day },
  now: Instant,
): Promise<void> {
  const { dataTimestamp } = await readRegistryState(db, registry);
  if (dataTimestamp === null) await moveWatermark(db, registry, data, now);
}

/** Opens a run and returns its id. */
export async function openRun(
  db: Db,
  run: { registry: string; kind: RunKind; startedAt: Instant; dataTimestamp: string | null },
): Promise<number> {
  const { id } = await db
    .insertInto('runs')
    .values({
      registry: run.registry,
      kind: run.kind,
      started_at: run.startedAt,
      data_timestamp: run.dataTimestamp,
      outcome: null,
      finished_at: null,
      resume_at: null,
      reason: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * Closes a run with its figures, its outcome and, if it was interrupted, the reason. A complete run has
 * nothing to resume.
 */
export async function closeRun(
  db: Db | Tx,
  id: number,
  end: { outcome: RunOutcome; figures: RunFigures; finishedAt: Instant; reason: string | null },
): Promise<void> {
  await db
    .updateTable('runs')
    .set({
      ...end.figures,
      outcome: end.outcome,
      finished_at: end.finishedAt,
      reason: end.reason,
      ...(end.outcome === 'completed' ? { resume_at: null } : {}),
    })
    .where('id', '=', id)
    .execute();
}

/**
 * Closes a registry's runs that a killed process left open. Only the registry's sole reader may call this,
 * when no other run is open.
 */
export async function closeCutOffRuns(db: Db, registry: string, now: Instant): Promise<void> {
  await sql`update runs set outcome = case when seen > 0 then 'partial' else 'failed' end, finished_at = ${now},
      reason = 'The process was ended while it read; the next run continues'
    where registry = ${registry} and outcome is null`.execute(db);
}

/**
 * Where the newest interrupted import of the whole registry stopped; null if there is none. That place counts only
 * for the same data or, if the data has no version, for an import that began at `startedFrom` or later.
 */
export async function findUnfinishedImport(
  db: Db,
  registry: string,
  data: { timestamp: string } | { startedFrom: Instant },
): Promise<{ id: number; resumeAt: string; figures: RunFigures } | null> {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .where('registry', '=', registry)
    .where('kind', '=', 'import')
    .where((is) =>
      'timestamp' in data
        ? is('data_timestamp', '=', data.timestamp)
        : is('started_at', '>=', data.startedFrom),
    )
    .where('resume_at', 'is not', null)
    .orderBy('id', 'desc')
    .executeTakeFirst();
  if (!row?.resume_at) return null;
  return { id: row.id, resumeAt: row.resume_at, figures: makeFigures((name) => row[name]) };
}

/** Records a run's progress, and where to resume if given. Part of the storing transaction. */
export async function saveProgress(
  tx: Tx,
  id: number,
  figures: RunFigures,
  resumeAt: string | null | undefined,
): Promise<void> {
  const resume = resumeAt === undefined ? {} : { resume_at: resumeAt };
  await tx
    .updateTable('runs')
    .set({ ...figures, ...resume })
    .where('id', '=', id)
    .execute();
}

/** Locks a run for the transaction. Returns its registry; null if the run does not exist. */
export async function lockRun(tx: Tx, id: number): Promise<string | null> {
  const row = await tx
    .selectFrom('runs')
    .select('registry')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row?.registry ?? null;
}

/** A run with its figures. */
export type RunRow = RunFigures & {
  id: number;
  registry: string;
  kind: RunKind;
  outcome: RunOutcome | null;
  startedAt: Instant;
  finishedAt: Instant | null;
  dataTimestamp: string | null;
  reason: string | null;
};

/** Runs, newest first; with `before`, only older ones. */
export async function listRuns(db: Db, limit: number, before: number | null = null): Promise<RunRow[]> {
  const rows = await db
    .selectFrom('runs')
    .selectAll()
    .$if(before !== null, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toRun);
}

/** A registry's runs, newest first. */
export async function listRecentRuns(db: Db, registry: string, limit: number): Promise<RunRow[]> {
  const rows = await db
    .selectFrom('runs')
    .selectAll()
    .where('registry', '=', registry)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toRun);
}

/** One run; null if there is none. */
export async function readRun(db: Db, id: number): Promise<RunRow | null> {
  const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toRun(row) : null;
}

function toRun(row: Selectable<Database['runs']>): RunRow {
  return {
    id: row.id,
    registry: row.registry,
    kind: row.kind,
    outcome: row.outcome,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    dataTimestamp: row.data_timestamp,
    reason: row.reason,
    ...makeFigures((name) => row[name]),
  };
}
