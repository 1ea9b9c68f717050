import { trialTopic } from '../../core/matching/topics.ts';
import type { ResolvedCondition } from '../../core/matching/understood.ts';
import { listTrials } from '../../db/catalog/estimates.ts';
import { RegistryUnavailable } from '../../errors.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { askInTime } from '../shared/lookups.ts';
import type { Offer, Offers } from './follow-offer-types.ts';

/**
 * Offers the trials that texts name, under their present ids, each once; those that are stored, and those the registry
 * knows. A tick on an old id is one on the present one.
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
      // A registry that is away may know it: it is followed, and read when the registry answers again.
      const id = known?.id ?? asked;
      const offer = trialOffer(registry, id, known?.title ?? id, stored.get(asked)?.watchedSince ?? null);
      if (ofOne.some((one) => one.id === asked && ticks.has(`trial:${one.text}`))) ticks.add(offer.value);
      if (!offers.trials.some(({ value }) => value === offer.value)) offers.trials.push(offer);
    }
  }
}

/** What the registry knows of trials that are not stored; null when it does not answer, or too many ask it now. */
export async function lookUpTrials(deps: WebDeps, registry: string, ids: string[]) {
  if (ids.length === 0) return new Map<string, { id: string; title: string }>();
  try {
    const found = await askInTime(() => deps.actions.lookUpTrials(registry, ids));
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
