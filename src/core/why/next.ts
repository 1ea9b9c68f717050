import { type Candidate, itemsOf, judgeCandidates, type Refusal } from '../digests/compose.ts';
import { traceItem } from '../digests/digest.ts';
import { tellableAt } from '../schedule.ts';
import type { Instant } from '../trial.ts';
import type { FollowFacts, WhyFacts } from './facts.ts';

/**
 * What the next digests will do with a pending change: tell it at an instant, as itself or within another
 * one, or cancel it.
 */
export type Outlook = { at: Instant; subscriptionId: number; becomes: 'told' | 'part' | 'cancelled' };

/**
 * The outlook of each pending change of a trial, and by change and subscription the reason for not telling
 * it.
 */
export type Outlooks = {
  outlook: Map<number, Outlook>;
  refusals: Map<number, Map<number, Refusal>>;
};

/**
 * Simulates the next digests without new changes. Due subscribers are handled in the planner's order, until
 * everything is settled. A later digest takes account of what an earlier one reported.
 */
export function lookAhead(
  facts: Pick<WhyFacts, 'now' | 'person' | 'trial' | 'before' | 'follows' | 'candidates'>,
) {
  const { trial, before, follows, person } = facts;
  const found: Outlooks = { outlook: new Map(), refusals: new Map() };
  if (trial === null) return found;
  let owed = facts.candidates;
  let waiting = follows.flatMap((follow) => {
    const at = nextTellingAt(follow, person, facts.now);
    return at === null ? [] : [{ follow, at }];
  });
  while (waiting.length > 0) {
    const [at = ''] = waiting.map((one) => one.at).toSorted();
    const ready = new Map(waiting.flatMap((one) => (one.at === at ? [[one.follow.id, one.follow]] : [])));
    const due = owed.filter(({ subscriptionId }) => ready.has(subscriptionId));
    for (const [id, follow] of ready) {
      const own = due.filter(({ subscriptionId }) => subscriptionId === id);
      for (const [changeId, judged] of judgeCandidates(follow, own, trial, { before }))
        if (typeof judged === 'string') addRefusal(found, changeId, id, judged);
    }
    const { items, reasons } = itemsOf(due, ready, trial, { before });
    for (const { changeId, subscriptionId } of items)
      found.outlook.set(changeId, { at, subscriptionId, becomes: traceItem(items, reasons, changeId) });
    const digestId = -1 - found.outlook.size;
    // Where all cancels out there is no mail, and nothing in it is newer than what another subscription tells.
    const mailed = items.some(({ changeId }) => found.outlook.get(changeId)?.becomes !== 'cancelled')
      ? items
      : [];
    owed = owed
      .filter(({ changeId }) => !found.outlook.has(changeId))
      .map((one): Candidate => {
        const later = mailed.filter(
          ({ change, version, position }) =>
            change.facet === one.change.facet && version > one.version && position > one.position,
        );
        if (later.length === 0) return one;
        const told = later.map(({ change }) => ({ digestId, change }));
        return { ...one, notifiedLater: [...(one.notifiedLater ?? []), ...told] };
      });
    waiting = waiting.filter(({ follow }) => !ready.has(follow.id));
  }
  return found;
}

/**
 * When an active subscription is next considered, with the person's weekly limit; null if nothing triggers it, or its
 * baseline is not stored.
 */
export function nextTellingAt(
  { state, frequency, watchingSince, nextDueAt }: FollowFacts,
  { timezone, cappedUntil }: Pick<WhyFacts['person'], 'timezone' | 'cappedUntil'>,
  now: Instant,
): Instant | null {
  if (state !== 'active' || nextDueAt === null) return null;
  const at = [nextDueAt, now, cappedUntil ?? now].toSorted().at(-1) ?? now;
  return tellableAt({ frequency, watchingSince }, timezone, at);
}

function addRefusal({ refusals }: Outlooks, changeId: number, followId: number, refusal: Refusal): void {
  const known = refusals.get(changeId) ?? new Map<number, Refusal>();
  known.set(followId, refusal);
  refusals.set(changeId, known);
}
