import { addMs } from '../../core/instants.ts';
import type { Instant } from '../../core/trial.ts';
import {
  type BackFillState,
  findUnasked,
  keepHistory,
  readBackFill,
  type Unasked,
  writeBackFill,
} from '../../db/ingest/back-fill.ts';
import { releaseLease, takeLease } from '../../db/leases.ts';
import { messageOf, RegistryRefused, RegistryUnavailable } from '../../errors.ts';
import type { Registry, RegistryHistory } from '../../registries/registry.ts';
import type { Context } from '../context.ts';

/** The requests for a registry's history in one day (UTC). */
const requestsADay = 500;
const hourMs = 3_600_000;
/** Longer than reading one history takes: meanwhile no other process asks. */
const leaseMs = hourMs;
/** How long a registry's history is left alone after an answer that cannot be read. */
const pauseMs = 24 * hourMs;

/**
 * Reads a registry's own history of one stored trial, if `HISTORY_BACKFILL` names the registry: what was there before
 * the trial was first read. It is kept apart from versions and changes, and nothing is told of it. An answer that cannot
 * be read leaves the history alone for a day, with one line in the log; it never makes a poll fail or raises an alarm.
 */
export async function backFillHistory(
  context: Context,
  registry: Registry,
  signal?: AbortSignal,
): Promise<void> {
  const named: readonly string[] = context.config.historyBackfill;
  if (!registry.history || !named.includes(registry.id)) return;
  const lease = await takeLease(context.db, `history:${registry.id}`, context.holder, leaseMs);
  if (!lease) return;
  try {
    await askNext(context, registry, registry.history, signal);
  } finally {
    await releaseLease(context.db, lease);
  }
}

async function askNext(
  context: Context,
  registry: Registry,
  ask: NonNullable<Registry['history']>,
  signal?: AbortSignal,
): Promise<void> {
  const { db } = context;
  const now = context.now();
  const state = stateOn(now, await readBackFill(db, registry.id));
  if (state.requests >= requestsADay || (state.pausedUntil ?? '') > now) return;
  const next = await findUnasked(db, registry.id);
  if (next === null) return;
  const limits = {
    before: next.watchedSince.slice(0, 10),
    requests: requestsADay - state.requests,
    ...(signal ? { signal } : {}),
  };
  try {
    const read = await ask(next.id, limits);
    await keep(context, next, read);
    await writeBackFill(db, registry.id, after(context, registry, state, read));
  } catch (error) {
    // The process stops: the same trial is asked for again.
    if (signal?.aborted) return;
    if (!(error instanceof RegistryUnavailable)) throw error;
    const restMs = error instanceof RegistryRefused ? pauseMs : Math.max(hourMs, error.retryAfterMs ?? 0);
    report(context, registry, messageOf(error));
    await writeBackFill(db, registry.id, { ...state, pausedUntil: addMs(now, restMs) });
  }
}

function stateOn(now: Instant, last: BackFillState | null): BackFillState {
  const day = now.slice(0, 10);
  return { day, requests: last?.day === day ? last.requests : 0, pausedUntil: last?.pausedUntil ?? null };
}

async function keep({ db, now }: Context, { trialId }: Unasked, read: RegistryHistory): Promise<void> {
  if (read.kind === 'later') return;
  await keepHistory(db, trialId, now(), read.kind === 'read' ? read.versions : null);
}

function after(
  context: Context,
  registry: Registry,
  state: BackFillState,
  read: RegistryHistory,
): BackFillState {
  const requests = read.kind === 'later' ? requestsADay : state.requests + read.requests;
  if (read.kind !== 'unknown') return { ...state, requests };
  report(context, registry, read.reason);
  return { ...state, requests, pausedUntil: addMs(context.now(), pauseMs) };
}

function report({ log }: Context, { id }: Registry, reason: string): void {
  log.warn({ registry: id, reason }, 'history of the registry not read');
}
