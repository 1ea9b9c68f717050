import { trialTopic } from '../../core/matching/topics.ts';
import type { ResolvedCondition } from '../../core/matching/understood.ts';
import { listTrials } from '../../db/catalog/estimates.ts';
import { RegistryUnavailable } from '../../errors.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { askInTime } from '../shared/lookups.ts';
import type { Offer, Offers } from './follow-offer-types.ts';

/**
 * Offers each named trial once, under its current number, if it is stored or the registry knows it. A tick on an
 * obsolete number counts for the current one.
 */
export async function addTrials(
  deps: WebDeps,
  offers: Offers,
  texts: readonly string[],
  ticks: Set<string>,
): Promise<void> {
  const named = texts.map((text) => ({ text, found: deps.actions.findTrialId(text) }));
  for (const { text, found } of named) if (!found) offers.problems.push({ words: text, why: 'no-number' });
  const trials = named.flatMap(({ text, found }) => (found ? { text, ...found } : []));
  for (const [registry, ofOne] of Map.groupBy(trials, (trial) => trial.registry)) {
    const ids = [...new Set(ofOne.map(({ id }) => id))];
    const stored = new Map((await listTrials(deps.db, registry, ids)).map((one) => [one.asked, one]));
    const looked = await lookUpTrials(
      deps,
      registry,
      ids.filter((id) => !stored.has(id)),
    );
    for (const asked of ids) {
      const known = stored.get(asked) ?? looked?.get(asked);
      if (!known && looked) {
        offers.problems.push({ words: asked, why: 'no-such-trial' });
        continue;
      }
      // If the registry is unavailable, the trial may exist: follow it now and read it later.
      const id = known?.id ?? asked;
      const offer = trialOffer(registry, id, known?.title ?? id, stored.get(asked)?.watchedSince ?? null);
      if (ofOne.some((one) => one.id === asked && ticks.has(`trial:${one.text}`))) ticks.add(offer.value);
      if (!offers.trials.some(({ value }) => value === offer.value)) offers.trials.push(offer);
    }
  }
}

/** Looks up trials that are not stored. Null if the registry does not answer or too many requests wait for it. */
export async function lookUpTrials(deps: WebDeps, registry: string, ids: string[]) {
  if (ids.length === 0) return new Map<string, { id: string; title: string }>();
  try {
    const found = await askInTime(deps.asker, () => deps.actions.lookUpTrials(registry, ids));
    return typeof found === 'string' ? null : found;
  } catch (error) {
    if (error instanceof RegistryUnavailable) return null;
    throw error;
  }
}

function trialOffer(registry: string, id: string, title: string, watchedSince: string | null): Offer {
  const understood: ResolvedCondition = {
    kind: 'trial',
    registry,
    registryId: id,
    words: id,
    conceptId: null,
    conceptTerm: null,
    phrases: [],
    topics: [trialTopic(registry, id)],
    said: title,
    weeklyOnly: false,
  };
  const value = `trial:${id}`;
  return {
    value,
    kind: 'trial',
    label: title,
    isRegistryText: title !== id,
    id,
    isTicked: false,
    weeklyOnly: false,
    understood,
    watchedSince,
  };
}
