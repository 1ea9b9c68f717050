import { trialTopic } from '../../core/matching/topics.ts';
import { registryName } from '../../core/registries.ts';
import type { TrialName } from '../../core/subscriptions/typed-text.ts';
import { asFollowed } from '../../core/subscriptions/understand-condition.ts';
import { listElsewhere } from '../../db/catalog/trial-links.ts';
import { type AskTrials, findTrials } from '../../use-cases/subscriptions/find-trials.ts';
import type { WebDeps } from '../http/web-deps.ts';
import type { Offer, Offers } from './follow-offer-types.ts';

/**
 * Offers each trial once, under its current number, if it is stored or the registry knows it. Returns the values of the
 * offers by the topics of the trials asked for.
 */
export async function addTrials(
  deps: Pick<WebDeps, 'db'>,
  offers: Offers,
  trials: readonly TrialName[],
  ask: AskTrials,
): Promise<Map<string, string>> {
  const found = await findTrials(deps.db, trials, ask);
  const values = new Map<string, string>();
  for (const { registry: its, id: asked } of trials) {
    const topic = trialTopic(its, asked);
    if (values.has(topic)) continue;
    const known = found.get(topic) ?? 'unknown';
    if (known === 'unknown') {
      if (!offers.problems.some((one) => one.kind === 'no-such-trial' && one.id === asked))
        offers.problems.push({ kind: 'no-such-trial', registry: its, id: asked });
      continue;
    }
    // If the registry is unavailable, the trial may exist: follow it now and read it later.
    const { registry, id, title, watchedSince } =
      known === 'away' ? { registry: its, id: asked, title: asked, watchedSince: null } : known;
    const offer = trialOffer(registry, id, title, watchedSince);
    values.set(topic, offer.value);
    if (!offers.trials.some(({ value }) => value === offer.value)) offers.trials.push(offer);
  }
  return values;
}

/** With more trials than this, their records elsewhere are not offered. */
const trialsWithElsewhere = 5;

/** Offers the records of the offered trials in other registries, each once and not ticked (X8). */
export async function addElsewhere({ db }: Pick<WebDeps, 'db'>, offers: Offers): Promise<void> {
  const named = offers.trials.flatMap(({ id, understood }) =>
    id !== null && understood ? [{ registry: understood.registry, id }] : [],
  );
  if (named.length === 0 || named.length > trialsWithElsewhere) return;
  for (const { registry, id, title, watchedSince } of await listElsewhere(db, named)) {
    const offer = { ...trialOffer(registry, id, title, watchedSince), alsoIn: registryName(registry) };
    if (!offers.trials.some(({ value }) => value === offer.value)) offers.trials.push(offer);
  }
}

function trialOffer(registry: string, id: string, title: string, watchedSince: string | null): Offer {
  return {
    value: `trial:${id}`,
    kind: 'trial',
    label: title,
    isRegistryText: title !== id,
    id,
    isTicked: false,
    weeklyOnly: false,
    understood: asFollowed(registry, id, title),
    watchedSince,
  };
}
