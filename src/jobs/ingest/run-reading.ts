import { setTimeout as sleep } from 'node:timers/promises';
import { buildPhraseIndex } from '../../core/matching/topics.ts';
import type { Day } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { releaseOrHoldChanges } from '../../db/ingest/holds.ts';
import { closeCutOffRuns, closeRun, noFigures, openRun, type RunFigures } from '../../db/ingest/runs.ts';
import { holdsLease, type Lease, releaseLease, renewLease, takeLease } from '../../db/leases.ts';
import type { RunKind, RunOutcome } from '../../db/schema.ts';
import { readFollowed } from '../../db/subscribers/subscriptions.ts';
import { messageOf, TrialbellError } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import type { Run } from './run-state.ts';

/** A reader that was killed is followed by another after this long. */
const leaseMs = 30_000;

/**
 * Does something as the only reader of a registry. Null when another process reads it now, and still does after the
 * context's patience. The lease is kept alive meanwhile.
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
 * What a read that went through leaves to be done in the run's last transaction: `complete` before its changes are
 * released, `released` after. With a `shortfall` the read was not whole, and neither is done.
 */
export type Ending = {
  complete: (tx: Tx) => Promise<void>;
  released?: (tx: Tx) => Promise<void>;
  shortfall?: string;
};

/** How a run ended. */
export type RunResult = { outcome: RunOutcome; figures: RunFigures; reason: string | null };

/** Why a run is not whole whose registry listed fewer trials than it counted (C10). */
export function sayShortfall(registry: Registry, counted: number, listed: number): string {
  return `${registry.name}: it counted ${counted} trials and listed ${listed}; it is read again next time`;
}

const gravity: RunOutcome[] = ['completed', 'held', 'partial', 'failed'];

/** Two runs' results as one: the figures summed, the graver outcome. */
export function addResults(first: RunResult, second: RunResult): RunResult {
  const figures = { ...second.figures };
  for (const name of Object.keys(figures) as (keyof RunFigures)[]) figures[name] += first.figures[name];
  const gravest = gravity.indexOf(first.outcome) >= gravity.indexOf(second.outcome) ? first : second;
  return { ...gravest, figures };
}

/**
 * Runs `read` as one run: opens its row, lets it store pages, releases what changed and closes it. A read that is cut
 * short after something was stored is `partial`: what was stored is true and is told.
 */
export async function runReading(
  context: Context,
  registry: Registry,
  lease: Lease,
  how: {
    kind: RunKind;
    dataTimestamp: string | null;
    lastDay: Day | null;
    resume?: { id: number; figures: RunFigures };
  },
  read: (run: Run) => Promise<Ending>,
): Promise<RunResult> {
  const startedAt = context.now();
  const { topics, phrases } = await readFollowed(context.db);
  const id =
    how.resume?.id ??
    (await openRun(context.db, {
      registry: registry.id,
      kind: how.kind,
      startedAt,
      dataTimestamp: how.dataTimestamp,
    }));
  const run: Run = {
    id,
    kind: how.kind,
    registry,
    lease,
    followed: topics,
    phrases: buildPhraseIndex(phrases),
    lastDay: how.lastDay,
    readAt: startedAt,
    figures: { ...(how.resume?.figures ?? noFigures) },
    seen: new Set(),
    seenAliases: new Set(),
    listedAlone: new Map(),
  };
  let failure: unknown = null;
  let ending: Awaited<ReturnType<typeof read>> | null = null;
  try {
    ending = await read(run);
  } catch (error) {
    failure = error;
  }
  const reason = failure ? messageOf(failure) : (ending?.shortfall ?? null);
  const isWhole = reason === null;
  const nothing = run.figures.seen === 0 && failure !== null;
  const { outcome, figures } = await context.db.transaction().execute(async (tx) => {
    if (!(await holdsLease(tx, lease)))
      throw new TrialbellError(`Another process reads ${registry.name} now.`);
    // What `complete` finds out, a record that is gone say, is a change of this run.
    if (isWhole) await ending?.complete(tx);
    const settled = nothing
      ? null
      : await releaseOrHoldChanges(tx, { ...run, registry: registry.id }, startedAt);
    const figures = { ...run.figures, held: settled?.held ?? 0 };
    const outcome: RunOutcome = nothing
      ? 'failed'
      : !isWhole
        ? 'partial'
        : figures.held > 0
          ? 'held'
          : 'completed';
    await closeRun(tx, id, { outcome, figures, finishedAt: context.now(), reason });
    if (isWhole) await ending?.released?.(tx);
    return { outcome, figures };
  });
  context.log.info({ registry: registry.id, run: id, kind: how.kind, outcome, reason, ...figures }, 'read');
  if (failure && !(failure instanceof TrialbellError)) throw failure;
  return { outcome, figures, reason };
}
