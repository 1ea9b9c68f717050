import { kindOfConcept } from '../core/matching/concepts-kinds.ts';
import { judgeConcepts } from '../core/matching/concepts-weak.ts';
import { suggestNarrower } from '../core/matching/suggestions.ts';
import { trialTopic } from '../core/matching/topics.ts';
import type { Understanding, Understood } from '../core/matching/understood.ts';
import { foldName } from '../core/text/folding.ts';
import type { Site } from '../core/trial.ts';
import { listTrials } from '../db/estimates.ts';
import { loadTrials } from '../db/trials.ts';
import { RegistryUnavailable, TrialbellError } from '../errors.ts';
import type { FollowFields } from './follow-fields.ts';
import { understandInTime } from './lookups.ts';
import type { WebParts } from './parts.ts';

/** One box that can be ticked. `understood` is there for what was asked for or ticked. */
export type Offer = {
  value: string;
  kind: 'trial' | 'condition';
  label: string;
  /** The id of the trial. */
  id: string | null;
  isTicked: boolean;
  weeklyOnly: boolean;
  understood: Understood | null;
  watchedSince: string | null;
};

/** A word that can mean several things, with what it may mean (M2); or an umbrella with what is beneath it (M1c). */
export type Choices = { words: string; why: 'choose' | 'umbrella'; offers: Offer[] };

/** Why something cannot be followed. */
export type Problem = {
  words: string;
  why: 'unknown' | 'attribute' | 'too-short' | 'no-such-trial' | 'away' | 'no-number';
};

export type Offers = {
  trials: Offer[];
  conditions: Offer[];
  choices: Choices[];
  problems: Problem[];
  /** Cities in which the trials have sites. */
  cities: string[];
  /** What is ticked and understood. */
  ticked: (Offer & { understood: Understood })[];
};

/** The conditions of so many trials are offered beside them. */
const trialsWithConditions = 3;
const citiesAtMost = 200;
/** Nobody's condition is longer. */
const longestCondition = 120;

/**
 * Everything a form offers: what its address or its hidden fields name, the conditions of those trials, and what is
 * ticked. `firstShown`: what was asked for is ticked.
 */
export async function findOffers(
  parts: WebParts,
  fields: FollowFields,
  firstShown: boolean,
): Promise<Offers> {
  const ticks = new Set(fields.follow);
  const asked = (kind: 'trial' | 'condition') =>
    [...ticks].flatMap((value) => (value.startsWith(`${kind}:`) ? value.slice(kind.length + 1) : []));
  const offers: Offers = { trials: [], conditions: [], choices: [], problems: [], cities: [], ticked: [] };
  await addTrials(parts, offers, [...fields.trial, ...asked('trial')]);
  await addConditionsOf(parts, offers);
  for (const words of uniqueWords(fields.condition)) await addCondition(parts, offers, words, firstShown);
  for (const one of offers.trials) one.isTicked = firstShown || ticks.has(one.value);
  if (!firstShown) {
    const known = () => [...offers.conditions, ...offers.choices.flatMap((choice) => choice.offers)];
    for (const words of asked('condition')) {
      if (!known().some(({ value }) => value === `condition:${words}`))
        await addCondition(parts, offers, words, true);
    }
    for (const one of known()) one.isTicked = ticks.has(one.value);
    for (const one of known()) if (one.isTicked && !one.understood) await understandOffer(parts, offers, one);
  } else {
    for (const one of offers.conditions)
      if (one.isTicked && !one.understood) await understandOffer(parts, offers, one);
  }
  offers.ticked = tickedOf(offers);
  return offers;
}

function uniqueWords(words: readonly string[]): string[] {
  const folded = new Map(words.filter((one) => one !== '').map((one) => [foldName(one) || one, one]));
  return [...folded.values()];
}

function tickedOf(offers: Offers): Offers['ticked'] {
  const distinct = new Map<string, Offer & { understood: Understood }>();
  const all = [...offers.trials, ...offers.conditions, ...offers.choices.flatMap((choice) => choice.offers)];
  for (const one of all) {
    const { understood } = one;
    if (one.isTicked && understood)
      distinct.set(understood.topics.toSorted().join('\n'), { ...one, understood });
  }
  return [...distinct.values()];
}

async function addTrials(parts: WebParts, offers: Offers, texts: readonly string[]): Promise<void> {
  const wanted = new Map<string, Set<string>>();
  for (const text of texts) {
    const found = parts.acts.findTrialId(text);
    if (found) wanted.set(found.registry, (wanted.get(found.registry) ?? new Set()).add(found.id));
    else offers.problems.push({ words: text, why: 'no-number' });
  }
  for (const [registry, ids] of wanted) {
    const stored = new Map((await listTrials(parts.db, registry, [...ids])).map((one) => [one.asked, one]));
    const missing = [...ids].filter((id) => !stored.has(id));
    const found = await parts.acts.lookUpTrials(registry, missing).catch(ignoreAway);
    const offered = new Set<string>();
    for (const asked of ids) {
      const known = stored.get(asked) ?? found?.get(asked);
      // A registry that is away may know it: it is followed, and read when the registry answers again.
      if (!known && found) offers.problems.push({ words: asked, why: 'no-such-trial' });
      else {
        const id = known?.id ?? asked;
        if (offered.has(id)) continue;
        offered.add(id);
        const watchedSince = stored.get(asked)?.watchedSince ?? null;
        offers.trials.push({ ...trialOffer(registry, id, known?.title ?? id), watchedSince });
      }
    }
  }
}

function trialOffer(registry: string, id: string, title: string): Offer {
  const understood: Understood = {
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
    id,
    isTicked: false,
    weeklyOnly: false,
    understood,
    watchedSince: null,
  };
}

async function ignoreAway(error: unknown): Promise<null> {
  if (error instanceof RegistryUnavailable) return null;
  throw error;
}

async function addConditionsOf(parts: WebParts, offers: Offers): Promise<void> {
  if (offers.trials.length > trialsWithConditions) return;
  for (const { understood } of offers.trials) {
    if (!understood?.registryId) continue;
    const [stored] = await loadTrials(parts.db, understood.registry, [understood.registryId]);
    offers.cities.push(...citiesOf(stored?.trial.sites ?? []));
    for (const { id, term } of stored ? judgeConcepts(stored.trial).strong : []) {
      const kind = kindOfConcept(id);
      const offer = conditionOffer(term, kind === 'umbrella');
      if (kind !== 'attribute' && !offers.conditions.some(({ value }) => value === offer.value))
        offers.conditions.push(offer);
    }
  }
}

function citiesOf(sites: readonly Site[]): string[] {
  const placed = sites.filter(({ city, country, lat }) => city !== '' && country !== '' && lat !== null);
  return [...new Set(placed.map(({ city, country }) => `${city}, ${country}`))].sort().slice(0, citiesAtMost);
}

function conditionOffer(label: string, weeklyOnly: boolean, words = label): Offer {
  const value = `condition:${words}`;
  return {
    value,
    kind: 'condition',
    label,
    id: null,
    isTicked: false,
    weeklyOnly,
    understood: null,
    watchedSince: null,
  };
}

/** Reads the words on a box that was ticked; one that means nothing after all becomes a problem. */
async function understandOffer(parts: WebParts, offers: Offers, offer: Offer): Promise<void> {
  const understanding = await understandSoon(parts, offer.value.slice('condition:'.length));
  if (understanding?.kind === 'understood' && understanding.understood.kind === 'condition') {
    offer.understood = understanding.understood;
    offer.weeklyOnly = understanding.understood.weeklyOnly;
  } else offers.problems.push({ words: offer.label, why: problemOf(understanding) });
}

async function addCondition(
  parts: WebParts,
  offers: Offers,
  words: string,
  isTicked: boolean,
): Promise<void> {
  const trial = parts.acts.findTrialId(words);
  if (trial) return addTrials(parts, offers, [trial.id]);
  if (words.length > longestCondition || foldName(words) === '') {
    offers.problems.push({ words, why: 'unknown' });
    return;
  }
  const understanding = await understandSoon(parts, words);
  if (understanding?.kind === 'choose') {
    const { suggestions, literal } = understanding;
    const offered = suggestions.map(({ term }) => conditionOffer(term, false));
    if (literal) offered.push(conditionOffer(words, false, `"${words}"`));
    offers.choices.push({ words, why: 'choose', offers: offered });
    return;
  }
  if (understanding?.kind !== 'understood') {
    offers.problems.push({ words, why: problemOf(understanding) });
    return;
  }
  const { understood } = understanding;
  const same = offers.conditions.find(
    ({ label }) => understood.conceptTerm !== null && foldName(label) === foldName(understood.conceptTerm),
  );
  const offer = same ?? conditionOffer(words, understood.weeklyOnly);
  if (!same) offers.conditions.push(offer);
  Object.assign(offer, { understood, isTicked, weeklyOnly: understood.weeklyOnly });
  if (understood.weeklyOnly && understood.conceptId !== null)
    addNarrower(offers, understood.conceptId, words);
}

/** What is beneath an umbrella, to be followed instead. */
function addNarrower(offers: Offers, conceptId: string, words: string): void {
  const narrower = suggestNarrower(conceptId, { concepts: [] }).map(({ term }) =>
    conditionOffer(term, false),
  );
  if (narrower.length > 0) offers.choices.push({ words, why: 'umbrella', offers: narrower });
}

async function understandSoon(parts: WebParts, words: string): Promise<Understanding | null> {
  try {
    const understanding = await understandInTime(parts, words);
    return typeof understanding === 'string' ? null : understanding;
  } catch (error) {
    if (error instanceof TrialbellError) return null;
    throw error;
  }
}

function problemOf(understanding: Understanding | null): Problem['why'] {
  const kind = understanding?.kind ?? 'away';
  return kind === 'understood' || kind === 'choose' ? 'unknown' : kind;
}
