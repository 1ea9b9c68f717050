import type { Day } from '../../core/trial.ts';
import { writeChanges } from '../../db/ingest/changes.ts';
import { saveProgress } from '../../db/ingest/runs.ts';
import { hasTurning, loadTurning, postponeTurns, writeTurns } from '../../db/ingest/turns.ts';
import { holdsLease, type Lease } from '../../db/leases.ts';
import { TrialbellError } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { type ComparedRecord, compareWithStored } from './detect-changes.ts';
import { type RunResult, runReading } from './run-reading.ts';
import type { Run } from './run-state.ts';

/** Trials per transaction. */
const chunkSize = 250;

/**
 * Gives the stored trials of a registry the status that follows from their own dates today (X3). Nothing is fetched:
 * the versions belong to a run of the kind `calendar`. Null if no trial turns.
 */
export async function turnByCalendar(
  context: Context,
  registry: Registry,
  lease: Lease,
): Promise<RunResult | null> {
  const today = context.now().slice(0, 10);
  if (!registry.statusOn || !(await hasTurning(context.db, registry.id, today))) return null;
  const how = { kind: 'calendar', dataTimestamp: null, lastDay: null } as const;
  return runReading(context, registry, lease, how, async (run) => {
    while (await turnChunk(context, run, today)) {}
    return { complete: async () => {} };
  });
}

/** Turns some trials in one transaction. False if no more are left. */
async function turnChunk({ db }: Context, run: Run, today: Day): Promise<boolean> {
  const { registry } = run;
  const done = await db.transaction().execute(async (tx) => {
    if (!(await holdsLease(tx, run.lease)))
      throw new TrialbellError(`Another process is reading ${registry.name}; this one stops.`);
    const stored = await loadTurning(tx, registry.id, today, chunkSize);
    const turns: ComparedRecord[] = [];
    for (const known of stored) {
      const trial = registry.statusOn?.(known.trial, today) ?? known.trial;
      const reading = await compareWithStored(run, { ok: true, trial, contacts: [], raw: null }, known);
      if (reading && reading.version !== known.version) turns.push(reading);
    }
    await writeTurns(tx, turns, { projection: registry.projection, runId: run.id, at: run.readAt });
    const written = new Set(turns.map(({ trialId }) => trialId));
    const later = stored.filter(({ trialId }) => !written.has(trialId));
    await postponeTurns(
      tx,
      later.map(({ trialId, trial }) => ({ trialId, turnsOn: registry.nextTurn?.(trial, today) ?? null })),
    );
    const changes = turns.flatMap(({ trialId, version, changes: detected }) =>
      detected.map((change) => ({ ...change, trialId: trialId ?? -1, version })),
    );
    await writeChanges(tx, changes, { runId: run.id, detectedAt: run.readAt });
    const figures = {
      ...run.figures,
      changed: run.figures.changed + turns.length,
      changes: run.figures.changes + changes.length,
    };
    await saveProgress(tx, run.id, figures, undefined);
    return { figures, count: stored.length };
  });
  run.figures = done.figures;
  return done.count === chunkSize;
}
