import type { DataTime } from '../../core/age.ts';
import {
  type Candidate,
  composeFor,
  type DigestInputs,
  type FollowedSubscription,
} from '../../core/digests/compose.ts';
import { type SharedContent, shareContent } from '../../core/digests/stored-digest.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import type { KnownTrials } from '../../db/digests/digest-inputs.ts';
import type { DueSubscription } from '../../db/digests/due-subscriptions.ts';
import type { GroupContent } from '../../db/digests/shared-digests.ts';
import { messageOf } from '../../errors.ts';
import {
  candidatesOf,
  type FollowGroups,
  lookFrom,
  type Reached,
  reach,
  stampGroups,
  trialsOf,
} from './follow-groups.ts';

/** The time as of which digests are composed, and up to which change. */
export type AsOf = DataTime & { now: Instant; horizon: number; checking: boolean };

/** A group without a usable content, with a follower who is nobody in particular. */
type NewGroup = {
  followKey: string;
  stamp: string;
  follow: FollowedSubscription;
  candidates: Candidate[];
};

/** Due subscriptions by the way in which their digests are composed. */
export type Sorted = {
  /** Of people with a history: their candidates have to be found for them alone. */
  withHistory: DueSubscription[];
  /** The candidates of people without one who follow several things of one trial. */
  candidates: Candidate[];
  /** Those of each person who gets what their groups are told, each of other trials. */
  members: DueSubscription[][];
  /** The contents of groups that are stored already, and the groups that need one. */
  known: Map<string, GroupContent>;
  unknown: NewGroup[];
  /** What is known of trials at present. */
  trials?: KnownTrials;
};

/** Sorts due subscriptions; without `groups` everybody counts as a person with a history, else those in `late`. */
export async function sortByHistory(
  tx: Tx,
  due: DueSubscription[],
  groups: FollowGroups | null,
  asOf: AsOf,
  late: ReadonlySet<number>,
): Promise<Sorted> {
  const sorted: Sorted = { withHistory: [], candidates: [], members: [], known: new Map(), unknown: [] };
  if (groups === null || due.length === 0) return { ...sorted, withHistory: due };
  const { view, state } = lookFrom(groups, asOf);
  sorted.trials = state;
  const reached = await reach(tx, groups, { view, state }, due, asOf.horizon);
  for (const [id, own] of Map.groupBy(due, ({ subscriberId }) => subscriberId)) {
    if (reached.withHistory.has(id) || late.has(id)) sorted.withHistory.push(...own);
    else if (areApart(own, reached)) sorted.members.push(own);
    else
      for (const one of own)
        sorted.candidates.push(...candidatesOf(one, reached.changes.get(one.followKey) ?? []));
  }
  const follows = new Map(sorted.members.flat().map((one) => [one.followKey, one]));
  for (const [followKey, stamp] of await stampGroups(tx, state, [...follows.keys()], reached)) {
    const known = view.contents.get(followKey);
    if (known?.stamp === stamp) {
      sorted.known.set(followKey, known.content);
      continue;
    }
    const member = follows.get(followKey);
    const changes = reached.changes.get(followKey) ?? [];
    if (!member || changes.length === 0) continue;
    const id = -1 - sorted.unknown.length;
    const follow = { ...member, id, words: '', watchingSince: null };
    const candidates = candidatesOf({ id, subscriberId: 0 }, changes);
    sorted.unknown.push({ followKey, stamp, follow, candidates });
  }
  return sorted;
}

/** Whether nothing that one of these subscriptions brings bears on another's. */
function areApart(own: readonly DueSubscription[], reached: Reached): boolean {
  if (own.length === 1) return true;
  const trials = own.flatMap(({ followKey }) =>
    trialsOf(reached.changes.get(followKey) ?? [], reached.links),
  );
  return new Set(trials).size === trials.length;
}

/** A group's content that was composed now and is not stored yet. Nothing shared: nothing is left to tell. */
export type MadeContent = {
  followKey: string;
  stamp: string;
  content: GroupContent;
  shared: SharedContent | null;
};

/** Composes what each new group is told, and gives the reason where that failed, by the group's key. */
export function composeGroups(
  { unknown }: Sorted,
  material: DigestInputs,
  how: AsOf,
): { made: MadeContent[]; failed: Map<string, string> } {
  const made: MadeContent[] = [];
  const failed = new Map<string, string>();
  const { horizon: _, ...rest } = how;
  for (const { followKey, stamp, follow, candidates } of unknown) {
    try {
      const follows = new Map([[follow.id, follow]]);
      const { content, items, weights } = composeFor(candidates, follows, material, {
        ...rest,
        timezone: '',
      });
      const { shared, phrases } = content ? shareContent(content, weights) : { shared: null, phrases: [] };
      const registries = content?.registryTimes?.map(({ registry }) => registry) ?? [];
      made.push({ followKey, stamp, shared, content: { contentId: null, phrases, items, registries } });
    } catch (error) {
      failed.set(followKey, messageOf(error));
    }
  }
  return { made, failed };
}

/** Makes stored contents known to the later batches of a planning. */
export function publishContents(groups: FollowGroups, made: readonly MadeContent[], asOf: AsOf): void {
  const { contents } = lookFrom(groups, asOf).view;
  for (const { followKey, stamp, content } of made) contents.set(followKey, { stamp, content });
}
