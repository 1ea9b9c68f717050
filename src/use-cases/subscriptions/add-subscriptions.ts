import type { Facet } from '../../core/change.ts';
import type { ResolvedCondition } from '../../core/matching/understood.ts';
import { type Frequency, nextDueAt as nextDueAtOf } from '../../core/schedule.ts';
import { type SubscriptionFilters, toStoredFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import {
  activateSubscription,
  addConsent,
  addSubscription,
  findSubscription,
  makeOwn,
  renewPending,
} from '../../db/subscribers/subscriptions.ts';

/** A requested subscription. `note` is encrypted. */
export type RequestedSubscription = {
  understood: ResolvedCondition;
  filters: SubscriptionFilters;
  facets: Facet[];
  frequency: Frequency;
  note: Buffer | null;
};

/** The consent behind an active subscription (P4). */
export type Consent = { wordingVersion: string; wordingHash: string; way: string; minAge: number };

/** A subscription after it was added, or found to exist. */
export type AddedSubscription = {
  subscriptionId: number;
  kind: 'trial' | 'condition';
  words: string;
  understoodAs: string;
  state: 'pending' | 'active' | 'paused';
  isNew: boolean;
  /** Active only now. */
  isStarted: boolean;
};

/**
 * Adds subscriptions: active with a consent, otherwise pending until they are confirmed. An existing one
 * stays unchanged; a pending one that is requested again gets the newest settings. A consent confirms a
 * pending one, but never resumes a paused one; what a list brought becomes the person's own by it. `anyFilters`: the same subject with other filters counts as
 * the same subscription.
 */
export async function addSubscriptions(
  tx: Tx,
  person: { id: number; timezone: string; hour: number },
  wanted: readonly RequestedSubscription[],
  how: { consent: Consent | null; anyFilters: boolean; addedBy?: 'reader' | 'admin'; now: Instant },
): Promise<AddedSubscription[]> {
  const { consent, now } = how;
  const added: AddedSubscription[] = [];
  for (const one of wanted) {
    const { understood } = one;
    // A request from before an upgrade may still contain the country's name.
    const filters = toStoredFilters(one.filters);
    const row = { ...rowOf({ ...one, filters }, person, consent, now), addedBy: how.addedBy ?? 'reader' };
    const known = await findSubscription(tx, person.id, understood.topics, how.anyFilters ? null : filters);
    const subscriptionId = known?.id ?? (await addSubscription(tx, row));
    if (known?.state === 'pending' && !how.anyFilters) await renewPending(tx, known.id, row);
    if (known?.state === 'pending' && consent) await activateSubscription(tx, known.id, person.id, now);
    const isOwnNow = consent !== null && known !== null && (await makeOwn(tx, known.id));
    if (consent && (known?.state !== 'active' || isOwnNow))
      await addConsent(tx, { subscriptionId, givenAt: now, ...consent });
    const was = known?.state ?? 'pending';
    const isStarted = was === 'pending' && consent !== null;
    added.push({
      subscriptionId,
      kind: understood.kind,
      words: understood.words,
      understoodAs: understood.said,
      state: isStarted ? 'active' : was,
      isNew: known === null,
      isStarted,
    });
  }
  return added;
}

function rowOf(
  { understood, filters, facets, frequency, note }: RequestedSubscription,
  { id: subscriberId, timezone, hour }: { id: number; timezone: string; hour: number },
  consent: Consent | null,
  now: Instant,
) {
  const state = consent ? ('active' as const) : ('pending' as const);
  const nextDueAt =
    frequency === 'immediate' ? null : nextDueAtOf({ frequency, weekday: 1, hour, timezone, after: now });
  return { ...understood, subscriberId, state, filters, facets, frequency, note, nextDueAt, now };
}
