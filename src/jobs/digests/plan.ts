import type { DataTime } from '../../core/age.ts';
import type { Instant } from '../../core/trial.ts';
import { TrialCache } from '../../db/catalog/versions.ts';
import type { Tx } from '../../db/connect.ts';
import { closeBatch, writeDigests } from '../../db/digests/digests.ts';
import { type DueSubscriber, takeDueSubscribers } from '../../db/digests/due-subscriptions.ts';
import { writeContents, writeGroupDigests } from '../../db/digests/shared-digests.ts';
import { noteCapped } from '../../db/digests/weekly-caps.ts';
import { setNextDue } from '../../db/subscribers/subscriptions.ts';
import type { Context } from '../context.ts';
import { raiseAlarm } from '../raise-alarm.ts';
import type { Turn } from '../turn.ts';
import { composeDue, readDataTime, type Shared } from './compose-due.ts';
import { type MadeContent, publishContents } from './compose-groups.ts';
import { openFollowGroups } from './follow-groups.ts';

/**
 * Subscribers per transaction, and concurrent transactions: while some wait for the database, another composes.
 */
const batchSize = 500;
const batchesAtOnce = 3;

/** The planned deliveries, and the number of people whose digest could not be composed. */
export type Planned = { deliveryIds: number[]; failed: number };

/**
 * Promises a digest to everyone who is due and has news, and sets the others' next time. `signal` stops it
 * between two batches by throwing; at the end of the turn it stops without throwing, and the others stay due.
 */
export async function planDigests(
  context: Context,
  signal?: AbortSignal,
  isOver: Turn = () => false,
): Promise<Planned> {
  const all: Planned = { deliveryIds: [], failed: 0 };
  const shared: Shared = { trials: new TrialCache(), nextTimes: new Map(), groups: openFollowGroups() };
  let isDone = false;
  const planOne = async () => {
    const batch = await planBatch(context, shared);
    for (const id of batch.deliveryIds) all.deliveryIds.push(id);
    all.failed += batch.failed;
    if (batch.subscribers < batchSize) isDone = true;
    if (batch.reason === null) return;
    const message = `${batch.failed} digests could not be composed and are tried again; nothing of them is lost. The reason: ${batch.reason}`;
    await raiseAlarm(context, 'digest-not-composed', message);
  };
  const planner = async () => {
    while (!isDone && !isOver()) {
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
  const time = await readDataTime(context, now);
  let publish = () => {};
  const planned = await context.db.transaction().execute(async (tx) => {
    const subscribers = await takeDueSubscribers(tx, now, batchSize);
    if (subscribers.length === 0) return { deliveryIds: [], failed: 0, subscribers: 0, reason: null };
    const { deliveryIds, failed, ...rest } = await planFor(tx, subscribers, shared, { ...time, now });
    publish = rest.publish;
    for (const [subscriber, reason] of failed)
      context.log.error({ subscriber, reason }, 'digest not composed');
    const reason = [...failed.values()].at(-1) ?? null;
    return { deliveryIds, failed: failed.size, subscribers: subscribers.length, reason };
  });
  publish();
  return planned;
}

/**
 * Promises digests to these people and sets when they are next due, in one transaction. After a failure a
 * person is due again soon. Call `publish` after the commit: later batches then share the contents of this one.
 */
export async function planFor(
  tx: Tx,
  subscribers: readonly DueSubscriber[],
  shared: Shared,
  how: DataTime & { now: Instant },
): Promise<{ deliveryIds: number[]; failed: Map<number, string>; publish: () => void }> {
  const { now } = how;
  const { asOf, digests, groupDigests, made, done, later, failed, waiting } = await composeDue(
    tx,
    subscribers,
    shared,
    how,
  );
  await storeContents(tx, made, now);
  const deliveryIds = [
    ...(await writeGroupDigests(tx, groupDigests, asOf)),
    ...(await writeDigests(tx, digests, asOf)),
  ];
  await setNextDue(tx, done, asOf.horizon);
  await setNextDue(tx, later);
  const mailed = [
    ...groupDigests.flatMap(({ subscriberId, parts }) =>
      parts.some(({ content }) => content.contentId !== null) ? subscriberId : [],
    ),
    ...digests.flatMap(({ subscriberId, content }) => (content === null ? [] : subscriberId)),
  ];
  const ids = subscribers.map(({ id }) => id);
  await closeBatch(tx, ids, mailed, now);
  const isSettled = ({ id, cappedPosition }: DueSubscriber) =>
    cappedPosition !== null && !waiting.has(id) && !failed.has(id);
  const settled = subscribers.filter(isSettled).map(({ id }) => id);
  await noteCapped(tx, { waiting: [...waiting], settled }, asOf.horizon);
  const publish = () => {
    if (shared.groups) publishContents(shared.groups, made, asOf);
  };
  return { deliveryIds, failed, publish };
}

async function storeContents(tx: Tx, made: readonly MadeContent[], now: Instant): Promise<void> {
  const told = made.flatMap(({ shared, content }) => (shared ? { shared, content } : []));
  const ids = await writeContents(
    tx,
    told.map(({ shared }) => shared),
    now,
  );
  for (const [n, { content }] of told.entries()) content.contentId = ids[n] ?? null;
}
