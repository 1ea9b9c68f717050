import { immediateAt, nextDueAt } from '../core/schedule.ts';
import type { Instant } from '../core/trial.ts';
import { readHorizon } from '../db/changes.ts';
import {
  closeBatch,
  type DueSubscriber,
  type DueSubscription,
  listCandidates,
  listDueSubscriptions,
  type PlannedDigest,
  setNextDue,
  takeDueSubscribers,
  writeDigests,
} from '../db/digests.ts';
import { isHeldSince } from '../db/held.ts';
import { readRegistryState } from '../db/runs.ts';
import type { TrialCache } from '../db/versions.ts';
import { messageOf } from '../errors.ts';
import { alarm } from './alarms.ts';
import { composeFor, loadMaterial } from './compose.ts';
import { type Context, plusMs } from './context.ts';

/** Subscribers planned in one transaction, and transactions at once: while one waits for the database the other composes. */
const batchSize = 1_000;
const batchesAtOnce = 2;
/** How long a person whose digest could not be composed waits for the next try, in milliseconds. */
const afterFailureMs = 15 * 60_000;
/** Readers are told that changes are being checked when some were held back for so long (C12). */
export const checkingAfterMs = 48 * 3_600_000;

export type Planned = { deliveryIds: number[]; failed: number };

/** What batches of one planning share: trials, and next times by cadence. */
type Shared = { trials: TrialCache; nextTimes: Map<string, Instant> };

/**
 * Promises a digest to everyone who is due and has something to be told; the others' next time is set. `signal` stops it
 * between two batches, by throwing.
 */
export async function planDigests(context: Context, signal?: AbortSignal): Promise<Planned> {
  const all: Planned = { deliveryIds: [], failed: 0 };
  const shared: Shared = { trials: new Map(), nextTimes: new Map() };
  let isDone = false;
  const planOne = async () => {
    const batch = await planBatch(context, shared);
    for (const id of batch.deliveryIds) all.deliveryIds.push(id);
    all.failed += batch.failed;
    if (batch.subscribers < batchSize) isDone = true;
    if (batch.reason === null) return;
    const message = `${batch.failed} digests could not be composed and are tried again; nothing of them is lost. The reason: ${batch.reason}`;
    await alarm(context, 'digest-not-composed', message);
  };
  const planner = async () => {
    while (!isDone) {
      signal?.throwIfAborted();
      await planOne();
    }
  };
  await planOne();
  if (isDone) return all;
  const ended = await Promise.allSettled(Array.from({ length: batchesAtOnce }, planner));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return all;
}

async function planBatch(
  context: Context,
  shared: Shared,
): Promise<Planned & { subscribers: number; reason: string | null }> {
  const now = context.now();
  const { dataDay, readAt } = await readDataTime(context, now);
  return context.db.transaction().execute(async (tx) => {
    const subscribers = await takeDueSubscribers(tx, now, batchSize);
    if (subscribers.length === 0) return { deliveryIds: [], failed: 0, subscribers: 0, reason: null };
    const horizon = await readHorizon(tx);
    const ids = subscribers.map((subscriber) => subscriber.id);
    const due = await listDueSubscriptions(tx, ids, now);
    const people = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]));
    const { ready, later } = sortByReadiness(due, people, now, shared);
    const candidates = await listCandidates(
      tx,
      ready.map((subscription) => subscription.id),
      horizon,
    );
    const subscriptions = new Map(ready.map((subscription) => [subscription.id, subscription]));
    const material = await loadMaterial(tx, candidates, subscriptions, shared.trials);
    const bySubscriber = Map.groupBy(candidates, (candidate) => candidate.subscriberId);
    const checking = await isHeldSince(tx, plusMs(now, -checkingAfterMs));
    const planned: PlannedDigest[] = [];
    const failed = new Set<number>();
    let reason: string | null = null;
    for (const person of subscribers) {
      try {
        const how = { now, timezone: person.timezone, checking, dataDay, readAt };
        const { content, items } = composeFor(
          bySubscriber.get(person.id) ?? [],
          subscriptions,
          material,
          how,
        );
        if (items.length > 0) planned.push({ subscriberId: person.id, content, dueAt: person.dueAt, items });
      } catch (error) {
        failed.add(person.id);
        reason = messageOf(error);
        context.log.error({ subscriber: person.id, reason }, 'digest not composed');
      }
    }
    const deliveryIds = await writeDigests(tx, planned, { horizon, now });
    const mailed = new Set(planned.filter((digest) => digest.content).map((digest) => digest.subscriberId));
    const done = ready.filter((subscription) => !failed.has(subscription.subscriberId));
    await setNextDue(
      tx,
      done.map((subscription) => ({
        id: subscription.id,
        nextDueAt: nextTime(subscription, people.get(subscription.subscriberId), now, shared),
      })),
      horizon,
    );
    const retried = due.filter((subscription) => failed.has(subscription.subscriberId));
    await setNextDue(tx, [
      ...later,
      ...retried.map(({ id }) => ({ id, nextDueAt: plusMs(now, afterFailureMs) })),
    ]);
    await closeBatch(tx, ids, [...mailed], now);
    return { deliveryIds, failed: failed.size, subscribers: subscribers.length, reason };
  });
}

/** Those told now, and those who wait: their baseline is not stored, or it is night where they want no mail. */
function sortByReadiness(
  due: DueSubscription[],
  people: Map<number, DueSubscriber>,
  now: Instant,
  shared: Shared,
) {
  const ready: DueSubscription[] = [];
  const later: { id: number; nextDueAt: Instant | null }[] = [];
  for (const subscription of due) {
    const person = people.get(subscription.subscriberId);
    const morning =
      subscription.frequency === 'immediate' && person ? immediateAt(now, person.timezone, true) : now;
    if (subscription.watchingSince === null) {
      later.push({ id: subscription.id, nextDueAt: nextTime(subscription, person, now, shared) });
    } else if (morning > now) {
      later.push({ id: subscription.id, nextDueAt: morning });
    } else {
      ready.push(subscription);
    }
  }
  return { ready, later };
}

/** When a subscription is due next; null for an immediate one, which a release wakes. */
function nextTime(
  { frequency, weekday }: DueSubscription,
  person: DueSubscriber | undefined,
  now: Instant,
  { nextTimes }: Shared,
): Instant | null {
  if (frequency === 'immediate' || !person) return null;
  const { hour, timezone } = person;
  const key = [frequency, weekday, hour, timezone, now].join();
  const known = nextTimes.get(key);
  if (known) return known;
  const next = nextDueAt({ frequency, weekday, hour, timezone, after: now });
  // The clock moves on from batch to batch.
  if (nextTimes.size > 10_000) nextTimes.clear();
  nextTimes.set(key, next);
  return next;
}

/** The registry read last, the data's day and the reading time that a mail states. */
export async function readDataTime(
  context: Context,
  now: Instant,
): Promise<{ dataDay: string; readAt: Instant; registry: string }> {
  const states = await Promise.all(
    [...context.registries.keys()].map(async (id) => ({ id, ...(await readRegistryState(context.db, id)) })),
  );
  const newest = states.toSorted((a, b) => (b.completedAt ?? '').localeCompare(a.completedAt ?? ''))[0];
  return {
    dataDay: newest?.watermarkOn ?? now.slice(0, 10),
    readAt: newest?.completedAt ?? now,
    registry: newest?.id ?? '',
  };
}
