import type { DataTime } from '../../core/age.ts';
import { composeFor, type FollowedSubscription } from '../../core/digests/compose.ts';
import { addMs } from '../../core/instants.ts';
import { isCapFull, lookAgainAt, nextDueAt, tellableAt } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import type { TrialCache } from '../../db/catalog/versions.ts';
import type { Tx } from '../../db/connect.ts';
import { loadDigestInputs } from '../../db/digests/digest-inputs.ts';
import { listCandidates, type PlannedDigest } from '../../db/digests/digests.ts';
import {
  type DueSubscriber,
  type DueSubscription,
  listDueSubscriptions,
} from '../../db/digests/due-subscriptions.ts';
import type { GroupDigest } from '../../db/digests/shared-digests.ts';
import { listPlannedLately } from '../../db/digests/weekly-caps.ts';
import { readHorizon } from '../../db/ingest/changes.ts';
import { isHeldSince } from '../../db/ingest/holds.ts';
import { messageOf } from '../../errors.ts';
import { checkingAfterMs, dataTimeNow } from '../../use-cases/digests/data-time.ts';
import type { Context } from '../context.ts';
import { type AsOf, composeGroups, type MadeContent, sortByHistory } from './compose-groups.ts';
import type { FollowGroups } from './follow-groups.ts';

/** How long a person waits after their digest could not be composed, in milliseconds. */
const afterFailureMs = 15 * 60_000;
/**
 * Shared by the batches of one planning: trials, next times by cadence, and what groups are told. Without
 * groups, each digest is composed on its own.
 */
export type Shared = { trials: TrialCache; nextTimes: Map<string, Instant>; groups: FollowGroups | null };

/** The results for due people, not yet written. */
export type ComposedDue = {
  asOf: AsOf;
  digests: PlannedDigest[];
  /** The digests with the contents of groups, and those of these contents that are not stored yet. */
  groupDigests: GroupDigest[];
  made: MadeContent[];
  /** Subscriptions that were processed up to the horizon, and those that wait, with their next times. */
  done: { id: number; nextDueAt: Instant | null }[];
  later: { id: number; nextDueAt: Instant | null }[];
  /** The reason for each person whose digest could not be composed. */
  failed: Map<number, string>;
  /** People with news who had as many digests in 7 days as they want: it waits. */
  waiting: ReadonlySet<number>;
};

/** Composes the digests of everyone in `subscribers` who is due at `now`. Reads only. */
export async function composeDue(
  tx: Tx,
  subscribers: readonly DueSubscriber[],
  shared: Shared,
  how: DataTime & { now: Instant },
): Promise<ComposedDue> {
  const { now } = how;
  const horizon = await readHorizon(tx);
  const checking = await isHeldSince(tx, addMs(now, -checkingAfterMs));
  const asOf: AsOf = { ...how, horizon, checking };
  const people = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]));
  const due = await listDueSubscriptions(tx, subscribers, now, shared.groups?.follows);
  const full = await findFull(tx, subscribers, now);
  const { ready, later } = sortByReadiness(due, people, now, shared);
  const sorted = await sortByHistory(tx, ready, shared.groups, asOf, composedAlone(subscribers, full));
  const alone = sorted.withHistory.map((subscription) => subscription.id);
  const candidates = [...sorted.candidates, ...(await listCandidates(tx, alone, horizon))];
  const follows = new Map<number, FollowedSubscription>(ready.map((one) => [one.id, one]));
  for (const { follow } of sorted.unknown) follows.set(follow.id, follow);
  const ofGroups = sorted.unknown.flatMap((group) => group.candidates);
  const needed = [...candidates, ...ofGroups];
  const material = await loadDigestInputs(tx, needed, follows, shared.trials, sorted.trials);

  const failed = new Map<number, string>();
  const waiting = new Set<number>();
  const digests: PlannedDigest[] = [];
  for (const [id, own] of Map.groupBy(candidates, (candidate) => candidate.subscriberId)) {
    const { timezone = 'UTC', dueAt = now, cappedPosition: waited = null } = people.get(id) ?? {};
    try {
      const { content, items } = composeFor(own, follows, material, { ...how, timezone, checking, waited });
      if (content !== null && full.has(id)) waiting.add(id);
      else if (items.length > 0) digests.push({ subscriberId: id, content, dueAt, items });
    } catch (error) {
      failed.set(id, messageOf(error));
    }
  }
  const { made, failed: faults } = composeGroups(sorted, material, asOf);
  const contents = new Map(sorted.known);
  for (const { followKey, content } of made) contents.set(followKey, content);
  const groupDigests: GroupDigest[] = [];
  for (const own of sorted.members) {
    const fault = own.map(({ followKey }) => faults.get(followKey)).find((one) => one !== undefined);
    const subscriberId = own[0]?.subscriberId ?? 0;
    if (fault !== undefined) {
      failed.set(subscriberId, fault);
      continue;
    }
    const parts = own.flatMap((follow) => {
      const content = contents.get(follow.followKey);
      return content && content.items.length > 0 ? { follow, content } : [];
    });
    const dueAt = people.get(subscriberId)?.dueAt ?? now;
    if (parts.length > 0) groupDigests.push({ subscriberId, dueAt, parts });
  }

  const isDone = ({ subscriberId }: DueSubscription) =>
    !failed.has(subscriberId) && !waiting.has(subscriberId);
  const againAt = (subscriberId: number) => {
    const person = people.get(subscriberId);
    return person && waiting.has(subscriberId) ? lookAgainAt(person, now) : addMs(now, afterFailureMs);
  };
  return {
    ...{ asOf, digests, groupDigests, made, failed, waiting },
    done: ready.filter(isDone).map((subscription) => ({
      id: subscription.id,
      nextDueAt: nextTime(subscription, people.get(subscription.subscriberId), now, shared),
    })),
    later: [
      ...later,
      ...ready
        .filter((subscription) => !isDone(subscription))
        .map(({ id, subscriberId }) => ({ id, nextDueAt: againAt(subscriberId) })),
    ],
  };
}

/** The people whose weekly limit is used up. */
async function findFull(
  tx: Tx,
  subscribers: readonly DueSubscriber[],
  now: Instant,
): Promise<ReadonlySet<number>> {
  const capped = subscribers.filter(({ weeklyCap }) => weeklyCap !== null);
  const used = await listPlannedLately(
    tx,
    capped.map(({ id }) => id),
    now,
  );
  const isFull = ({ id, weeklyCap, timezone }: DueSubscriber) =>
    weeklyCap !== null && isCapFull(weeklyCap, used.get(id) ?? [], timezone, now);
  return new Set(capped.filter(isFull).map(({ id }) => id));
}

/**
 * People whose digests are composed for them alone: those whose limit is used up, to see whether they have news,
 * and those whose news waited for it, because their digests say so.
 */
function composedAlone(
  subscribers: readonly DueSubscriber[],
  full: ReadonlySet<number>,
): ReadonlySet<number> {
  const isAlone = ({ id, cappedPosition }: DueSubscriber) => cappedPosition !== null || full.has(id);
  return new Set(subscribers.filter(isAlone).map(({ id }) => id));
}

/**
 * Separates those who can be told now from those who wait, because their baseline is not stored or it is within
 * their quiet hours.
 */
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
    const from = person ? tellableAt(subscription, person.timezone, now) : now;
    if (from === null)
      later.push({ id: subscription.id, nextDueAt: nextTime(subscription, person, now, shared) });
    else if (from > now) later.push({ id: subscription.id, nextDueAt: from });
    else ready.push(subscription);
  }
  return { ready, later };
}

/** When a subscription is due next; null for an immediate one, which the next release makes due. */
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
  // Each batch has a later time, so old entries are dropped.
  if (nextTimes.size > 10_000) nextTimes.clear();
  nextTimes.set(key, next);
  return next;
}

/** The time of the data that is read here, as a mail states it. */
export function readDataTime(context: Context, now: Instant): Promise<DataTime & { registry: string }> {
  return dataTimeNow(context.db, [...context.registries.keys()], now);
}
