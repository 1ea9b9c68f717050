import type { Facet } from '../../core/change.ts';
import type { ResolvedCondition } from '../../core/matching/understood.ts';
import { type Frequency, nextDueAt } from '../../core/schedule.ts';
import { type SubscriptionFilters, toStoredFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import {
  activateSubscription,
  addConsent,
  addSubscription,
  findSubscription,
  renewPending,
} from '../../db/subscribers/subscriptions.ts';

/** One thing a person wants to follow, and how. `note` is sealed. */
export type NewSubscription = {
  understood: ResolvedCondition;
  filters: SubscriptionFilters;
  facets: Facet[];
  frequency: Frequency;
  note: Buffer | null;
};

/** What an active subscription rests on (P4). */
export type Consent = { wordingVersion: string; wordingHash: string; way: string; minAge: number };

export type AddedSubscription = {
  subscriptionId: number;
  kind: 'trial' | 'condition';
  words: string;
  understoodAs: string;
  state: 'pending' | 'active' | 'paused';
  isNew: boolean;
};

/**
 * Adds what a person wants to follow: active with a consent, otherwise waiting for the confirmation. What they follow
 * already stays as it is; a choice that waits and is made again is as it was made last. A consent confirms what waits,
 * and never wakes what its reader paused. `anyFilters`: the same thing under other filters counts as followed.
 */
export async function addSubscriptions(
  tx: Tx,
  person: { id: number; timezone: string; hour: number },
  choices: readonly NewSubscription[],
  how: { consent: Consent | null; anyFilters: boolean; addedBy?: 'reader' | 'admin'; now: Instant },
): Promise<AddedSubscription[]> {
  const { consent, now } = how;
  const added: AddedSubscription[] = [];
  for (const made of choices) {
    // A request from before an upgrade may still name the country.
    const choice = { ...made, filters: toStoredFilters(made.filters) };
    const { understood } = choice;
    const known = await findSubscription(
      tx,
      person.id,
      understood.topics,
      how.anyFilters ? null : choice.filters,
    );
    const wanted = { ...wantedFrom(choice, person, consent, now), addedBy: how.addedBy ?? 'reader' };
    const subscriptionId = known?.id ?? (await addSubscription(tx, wanted));
    if (known?.state === 'pending' && !how.anyFilters) await renewPending(tx, known.id, wanted);
    if (known?.state === 'pending' && consent) await activateSubscription(tx, known.id, person.id, now);
    if (consent && known?.state !== 'active')
      await addConsent(tx, { subscriptionId, givenAt: now, ...consent });
    const was = known?.state ?? 'pending';
    added.push({
      subscriptionId,
      kind: understood.kind,
      words: understood.words,
      understoodAs: understood.said,
      state: was === 'pending' && consent ? 'active' : was,
      isNew: known === null,
    });
  }
  return added;
}

function wantedFrom(
  { understood, filters, facets, frequency, note }: NewSubscription,
  person: { id: number; timezone: string; hour: number },
  consent: Consent | null,
  now: Instant,
) {
  const { timezone, hour } = person;
  return {
    ...understood,
    subscriberId: person.id,
    state: consent ? ('active' as const) : ('pending' as const),
    filters,
    facets,
    frequency,
    note,
    nextDueAt:
      frequency === 'immediate' ? null : nextDueAt({ frequency, weekday: 1, hour, timezone, after: now }),
    now,
  };
}
