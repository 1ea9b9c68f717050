import { setTimeout as sleep } from 'node:timers/promises';
import { buildPhraseIndex } from '../../core/matching/topics.ts';
import { noFigures, type RunFigures } from '../../core/run-figures.ts';
import type { Day } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { closeCutOffRuns, closeRun, openRun } from '../../db/ingest/runs.ts';
import { holdsLease, type Lease, releaseLease, renewLease, takeLease } from '../../db/leases.ts';
import type { RunKind, RunOutcome } from '../../db/schema.ts';
import { readFollowed } from '../../db/subscribers/subscriptions.ts';
import { messageOf, TrialbellError } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { releaseOrHoldChanges } from './release-or-hold.ts';
import type { Run } from './run-state.ts';

/** After this time without renewal, another process takes over from a killed reader. */
const leaseMs = 30_000;

/**
 * Does work as the only reader of a registry, and renews the lease meanwhile. Null if another process reads
 * it beyond the context's patience.
 */
export async function asOnlyReader<T>(
  context: Context,
  registry: Registry,
  work: (lease: Lease) => Promise<T>,
): Promise<T | null> {
  const lease = await waitForLease(context, `read:${registry.id}`);
  if (!lease) return null;
  const renewal = setInterval(() => {
    renewLease(context.db, lease, leaseMs).catch((error) => {
      context.log.warn({ registry: registry.id, reason: messageOf(error) }, 'lease not renewed');
    });
  }, leaseMs / 4);
  try {
    await closeCutOffRuns(context.db, registry.id, context.now());
    return await work(lease);
  } finally {
    clearInterval(renewal);
    await releaseLease(context.db, lease).catch(() => {});
  }
}

async function waitForLease(context: Context, name: string): Promise<Lease | null> {
  const giveUpAt = performance.now() + context.patienceMs;
  for (;;) {
    const lease = await takeLease(context.db, name, context.holder, leaseMs);
    if (lease || performance.now() >= giveUpAt) return lease;
    await sleep(1_000);
  }
}

/**
 * Work for the run's last transaction: `complete` before its changes are judged, `released` after. With a
 * `shortfall` the read was incomplete, and neither is done.
 */
export type Ending = {
  complete: (tx: Tx) => Promise<void>;
  released?: (tx: Tx) => Promise<void>;
  shortfall?: string;
};

/** The result of a run. */
export type RunResult = { outcome: RunOutcome; figures: RunFigures; reason: string | null };

/** Says that the registry listed fewer trials than it counted (C10). */
export function sayShortfall(registry: Registry, counted: number, listed: number): string {
  return `${registry.name}: it counted ${counted} trials and listed ${listed}; it is read again next time`;
}

const gravity: RunOutcome[] = ['completed', 'held', 'partial', 'failed'];

/** Adds the results of two runs: the sum of the figures, and the graver outcome. */
function addResults(first: RunResult, second: RunResult): RunResult {
  const figures = { ...second.figures };
  for (const name of Object.keys(figures) as (keyof RunFigures)[]) figures[name] += first.figures[name];
  const gravest = gravity.indexOf(first.outcome) >= gravity.indexOf(second.outcome) ? first : second;
  return { ...gravest, figures };
}

/** Adds the results of runs that may not have been due; null if none was. */
export function addAny(...results: (RunResult | null)[]): RunResult | null {
  return results.reduce((sum, one) => (sum && one ? addResults(sum, one) : (sum ?? one)), null);
}

/** What a run reads: its kind and data, `lastDay` as in `Run`; `resume` continues an interrupted run. */
export type RunReading = {
  kind: RunKind;
  dataTimestamp: string | null;
  lastDay: Day | null;
  resume?: { id: number; figures: RunFigures };
};

/**
 * Performs one run in order: opens its row; `read` reads pages and stores each in a transaction; then one
 * transaction judges all changes, releases or holds them, and closes the row. If a read fails after something
 * was stored, the run is `partial`: the stored records are true and are reported.
 */
export async function runReading(
  context: Context,
  registry: Registry,
  lease: Lease,
  reading: RunReading,
  read: (run: Run) => Promise<Ending>,
): Promise<RunResult> {
  const run = await openReading(context, registry, lease, reading);
  const { ending, failure } = await readToEnd(run, read);
  const result = await closeReading(context, run, ending, failure);
  const { outcome, reason, figures } = result;
  context.log.info(
    { registry: registry.id, run: run.id, kind: run.kind, outcome, reason, ...figures },
    'read',
  );
  if (failure && !(failure instanceof TrialbellError)) throw failure;
  return result;
}

async function openReading(
  context: Context,
  registry: Registry,
  lease: Lease,
  { kind, dataTimestamp, lastDay, resume }: RunReading,
): Promise<Run> {
  const readAt = context.now();
  const { topics, phrases } = await readFollowed(context.db, registry.id);
  const id =
    resume?.id ??
    (await openRun(context.db, { registry: registry.id, kind, startedAt: readAt, dataTimestamp }));
  return {
    ...{ id, kind, registry, lease, lastDay, readAt },
    followed: topics,
    phrases: buildPhraseIndex(phrases),
    newIds: null,
    figures: { ...(resume?.figures ?? noFigures) },
    compared: 0,
    reworded: 0,
    seen: new Set(),
    seenAliases: new Set(),
    listedAlone: new Map(),
    unconfirmed: null,
  };
}

async function readToEnd(
  run: Run,
  read: (run: Run) => Promise<Ending>,
): Promise<{ ending: Ending | null; failure: unknown }> {
  try {
    return { ending: await read(run), failure: null };
  } catch (failure) {
    return { ending: null, failure };
  }
}

async function closeReading(
  { db, now }: Context,
  run: Run,
  ending: Ending | null,
  failure: unknown,
): Promise<RunResult> {
  const { id, readAt } = run;
  const registry = run.registry.id;
  const reason = failure ? messageOf(failure) : (ending?.shortfall ?? run.unconfirmed);
  const isWhole = reason === null;
  const isNothing = run.figures.seen === 0 && failure !== null;
  return db.transaction().execute(async (tx) => {
    if (!(await holdsLease(tx, run.lease)))
      throw new TrialbellError(`Another process is reading ${run.registry.name}.`);
    // Changes that `complete` finds, such as a removed record, belong to this run.
    if (isWhole) await ending?.complete(tx);
    const { held } = isNothing ? { held: 0 } : await releaseOrHoldChanges(tx, { ...run, registry }, readAt);
    const figures = { ...run.figures, held };
    const outcome = outcomeOf({ isNothing, isWhole, held });
    await closeRun(tx, id, { outcome, figures, finishedAt: now(), reason });
    if (isWhole) await ending?.released?.(tx);
    return { outcome, figures, reason };
  });
}

function outcomeOf(end: { isNothing: boolean; isWhole: boolean; held: number }): RunOutcome {
  if (end.isNothing) return 'failed';
  if (!end.isWhole) return 'partial';
  return end.held > 0 ? 'held' : 'completed';
}
