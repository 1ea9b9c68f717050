import type { DataTime } from '../../core/age.ts';
import type { Candidate } from '../../core/digests/compose.ts';
import { sharedFacets } from '../../core/digests/same-fact.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import type { KnownTrials } from '../../db/digests/digest-inputs.ts';
import type { DueSubscription, KnownFollows } from '../../db/digests/due-subscriptions.ts';
import { findLinkedTrials } from '../../db/digests/linked-trials.ts';
import {
  type AskedHistory,
  listReached,
  listWithHistory,
  loadReached,
  type ReachedChange,
  readTrialStamps,
} from '../../db/digests/reached.ts';
import type { GroupContent } from '../../db/digests/shared-digests.ts';

/** The maximum numbers of changes, and of what people follow, that are kept in memory. */
const changesAtMost = 20_000;
const followsAtMost = 50_000;
/** How old what is known of the trials' present state may be, in milliseconds: as a batch of today takes. */
const stateMs = 1_000;

/** A group's content as of the trials' stamps. */
export type KnownContent = { stamp: string; content: GroupContent };

/** What one instant's changes say to those who follow something: by the keys of what they follow. */
type View = { of: string; reached: Map<string, ReachedChange[]>; contents: Map<string, KnownContent> };

/** Trials' present state: what mails show of each, and its records in other registries. */
type TrialState = KnownTrials & {
  since: number;
  stamps: Map<number, string>;
  /** The stamps of groups' contents, by the keys of what they follow. */
  groups: Map<string, string>;
};

/** What a planning remembers of groups: people who follow the same thing from the same position. */
export type FollowGroups = {
  follows: KnownFollows;
  changes: Map<number, ReachedChange>;
  view: View;
  state: TrialState;
};

/** Opens the memory of one planning. */
export function openFollowGroups(): FollowGroups {
  return { follows: new Map(), changes: new Map(), view: viewOf(''), state: stateAt(0) };
}

const viewOf = (of: string): View => ({ of, reached: new Map(), contents: new Map() });

const stateAt = (since: number): TrialState => ({
  since,
  stamps: new Map(),
  links: new Map(),
  newest: new Map(),
  groups: new Map(),
});

/** The memory for a horizon and a time of data; that of another one is let go of. Contents last an hour at most. */
export function lookFrom(
  groups: FollowGroups,
  how: DataTime & { horizon: number; checking: boolean; now: Instant },
): Pick<FollowGroups, 'view' | 'state'> {
  const { horizon, checking, now, dataDay, readAt, registryTimes } = how;
  const of = JSON.stringify([horizon, checking, now.slice(0, 13), dataDay, readAt, registryTimes]);
  const at = Date.parse(now);
  if (groups.view.of !== of || at - groups.state.since >= stateMs) groups.state = stateAt(at);
  if (groups.view.of !== of) groups.view = viewOf(of);
  if (groups.view.contents.size > followsAtMost) groups.view.contents.clear();
  if (groups.view.reached.size > followsAtMost) groups.view.reached.clear();
  if (groups.changes.size > changesAtMost) groups.changes.clear();
  if (groups.follows.size > followsAtMost) groups.follows.clear();
  return { view: groups.view, state: groups.state };
}

/** What reaches due subscriptions, by the keys of what they follow, and who has a history with it. */
export type Reached = {
  changes: Map<string, ReachedChange[]>;
  links: Map<number, number[]>;
  withHistory: Set<number>;
};

/** Finds the changes that due subscriptions reach: once for all that follow the same from the same position. */
export async function reach(
  tx: Tx,
  groups: FollowGroups,
  { view, state }: Pick<FollowGroups, 'view' | 'state'>,
  due: readonly DueSubscription[],
  horizon: number,
): Promise<Reached> {
  const follows = new Map(due.map((one) => [one.followKey, one]));
  const unknown = [...follows].filter(([key]) => !view.reached.has(key));
  const positions =
    unknown.length === 0
      ? []
      : await listReached(
          tx,
          unknown.map(([, follow]) => follow),
          horizon,
        );
  const wanted = new Set(positions.flat());
  // Another batch may let go of what is kept, so this one has its own map.
  const known = new Map(
    [...wanted].flatMap((position) => {
      const change = groups.changes.get(position);
      return change ? [[position, change] as const] : [];
    }),
  );
  for (const change of await loadReached(
    tx,
    [...wanted].filter((position) => !known.has(position)),
  )) {
    known.set(change.position, change);
    groups.changes.set(change.position, change);
  }
  const changes = new Map<string, ReachedChange[]>();
  for (const key of follows.keys()) changes.set(key, view.reached.get(key) ?? []);
  for (const [n, [key]] of unknown.entries()) {
    const found = (positions[n] ?? []).flatMap((position) => known.get(position) ?? []);
    changes.set(key, found);
    view.reached.set(key, found);
  }
  const trialIds = new Set([...changes.values()].flatMap((some) => some.map(({ trialId }) => trialId)));
  const links = await findLinkedTrials(tx, trialIds, state.links);
  return { changes, links, withHistory: await findHistory(tx, due, changes, links) };
}

/** People whose own past may decide what they are told: another of their subscriptions is ahead, or earlier mails do. */
async function findHistory(
  tx: Tx,
  due: readonly DueSubscription[],
  changes: Map<string, ReachedChange[]>,
  links: Map<number, number[]>,
): Promise<Set<number>> {
  const reaching = [...changes].filter(([, some]) => some.length > 0);
  const numbers = new Map(reaching.map(([key], n) => [key, n]));
  const behind = new Set<number>();
  const asked: AskedHistory[] = [];
  for (const { subscriberId, followKey, isBehind } of due) {
    const n = numbers.get(followKey);
    if (n === undefined) continue;
    if (isBehind) behind.add(subscriberId);
    else asked.push({ subscriberId, n });
  }
  const linkedOf = ({ change, trialId }: ReachedChange) =>
    sharedFacets.some((facet) => facet === change.facet) ? (links.get(trialId) ?? []) : [];
  const told = await listWithHistory(
    tx,
    asked,
    reaching.map(([, some]) => ({
      changes: some,
      linked: some.some((one) => linkedOf(one).length > 0) ? [...new Set(some.flatMap(linkedOf))] : [],
    })),
  );
  return behind.union(told);
}

/** The stamp of each group's content: it is the same as long as the content would be. */
export async function stampGroups(
  tx: Tx,
  { stamps, groups }: TrialState,
  keys: readonly string[],
  { changes, links }: Reached,
): Promise<Map<string, string>> {
  const unknown = keys.filter((key) => !groups.has(key));
  const trials = new Map(unknown.map((key) => [key, trialsOf(changes.get(key) ?? [], links)]));
  const missing = new Set([...trials.values()].flat().filter((id) => !stamps.has(id)));
  if (missing.size > 0)
    for (const [id, stamp] of await readTrialStamps(tx, [...missing])) stamps.set(id, stamp);
  for (const [key, ids] of trials) groups.set(key, ids.map((id) => `${id} ${stamps.get(id)}`).join());
  return new Map(keys.map((key) => [key, groups.get(key) ?? '']));
}

/** The trials of these changes, and their records in other registries. */
export function trialsOf(
  changes: readonly ReachedChange[],
  links: ReadonlyMap<number, readonly number[]>,
): number[] {
  return [...new Set(changes.flatMap(({ trialId }) => [trialId, ...(links.get(trialId) ?? [])]))];
}

/** A subscription's candidates, for a person without a history with them. */
export function candidatesOf(
  { id: subscriptionId, subscriberId }: { id: number; subscriberId: number },
  changes: readonly ReachedChange[],
): Candidate[] {
  return changes.map((change) => ({ ...change, subscriptionId, subscriberId, notifiedLater: null }));
}
