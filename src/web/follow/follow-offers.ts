import { kindOfConcept } from '../../core/matching/concepts-kinds.ts';
import { conceptsToOffer } from '../../core/matching/concepts-weak.ts';
import { suggestNarrower } from '../../core/matching/suggestions.ts';
import { trialTopic } from '../../core/matching/topics.ts';
import type { InputResolution, ResolvedCondition } from '../../core/matching/understood.ts';
import { nameApart } from '../../core/subscriptions/find-place.ts';
import { foldName } from '../../core/text/folding.ts';
import type { Site } from '../../core/trial.ts';
import type { InputProblem } from '../../core/wording/problem-sentence.ts';
import { loadTrials } from '../../db/ingest/trials.ts';
import { readInputs } from '../../use-cases/subscriptions/read-input.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { conditionsAtMost, followAtMost } from '../shared/limits.ts';
import { openTrialAsker, understandSoon } from '../shared/lookups.ts';
import type { FollowFields } from './follow-fields.ts';
import type { Choices, Offer, OfferProblem, Offers } from './follow-offer-types.ts';
import { addElsewhere, addTrials } from './follow-trials.ts';

/** With more trials than this, their conditions are not offered. */
const trialsWithConditions = 3;
const citiesAtMost = 200;
/** Longest condition, in characters. */
const longestCondition = 120;

/**
 * Collects the offers of a form: the trials and conditions in its URL or hidden fields, the conditions of those
 * trials, and the ticked ones. With `firstShown`, the requested ones are ticked.
 */
export async function findOffers(deps: WebDeps, fields: FollowFields, firstShown: boolean): Promise<Offers> {
  const ticks = new Set(fields.follow);
  const asked = (kind: 'trial' | 'condition') =>
    [...ticks].flatMap((value) => (value.startsWith(`${kind}:`) ? value.slice(kind.length + 1) : []));
  const offers: Offers = { trials: [], conditions: [], choices: [], problems: [], cities: [], ticked: [] };
  const trialTexts = [...fields.trial, ...asked('trial').slice(0, followAtMost + 1)];
  const typed = await addNumbers(deps, offers, trialTexts, fields.condition, ticks);
  await addConditionsOf(deps, offers);
  for (const words of uniqueWords(typed)) await addCondition(deps, offers, words, firstShown);
  if (!firstShown) {
    const known = () => [...offers.conditions, ...offers.choices.flatMap(offersOf)];
    const isUnknown = (words: string) => !known().some(({ value }) => value === `condition:${words}`);
    // Each may need a registry request, and our own form never sends more.
    for (const words of asked('condition').filter(isUnknown).slice(0, conditionsAtMost)) {
      // Another spelling of an offer ticks that offer.
      if (!isUnknown(words)) continue;
      for (const one of await addNumbers(deps, offers, [], [words], ticks))
        ticks.add((await addCondition(deps, offers, one, true)) ?? '');
    }
    for (const one of known()) one.isTicked = ticks.has(one.value);
    for (const one of known()) if (one.isTicked && !one.understood) await understandOffer(deps, offers, one);
  } else {
    for (const one of offers.conditions)
      if (one.isTicked && !one.understood) await understandOffer(deps, offers, one);
  }
  await addElsewhere(deps, offers);
  for (const one of offers.trials)
    one.isTicked = (firstShown && one.alsoIn === undefined) || ticks.has(one.value);
  offers.ticked = tickedOf(offers);
  return offers;
}

/**
 * Offers the trials that texts name by any number, and reports numbers that lead nowhere. A tick on a text counts for each
 * trial in it. Returns the words that may be conditions.
 */
async function addNumbers(
  deps: WebDeps,
  offers: Offers,
  trialTexts: readonly string[],
  conditionTexts: readonly string[],
  ticks: Set<string>,
): Promise<string[]> {
  const { findTrialIds } = deps.actions;
  const ask = openTrialAsker(deps);
  const read = [
    ...[...(await readInputs(deps.db, findTrialIds, trialTexts, 'trial', ask))].map(([text, one]) => ({
      tick: `trial:${text}`,
      ...one,
    })),
    ...[...(await readInputs(deps.db, findTrialIds, conditionTexts, 'condition', ask))].map(
      ([text, one]) => ({
        tick: `condition:${text}`,
        ...one,
      }),
    ),
  ];
  const values = await addTrials(
    deps,
    offers,
    read.flatMap(({ trials }) => trials),
    ask,
  );
  for (const { tick, trials, refused } of read) {
    if (ticks.has(tick))
      for (const { registry, id } of trials) ticks.add(values.get(trialTopic(registry, id)) ?? '');
    for (const one of refused) if (isProblem(one)) offers.problems.push(one);
  }
  return read.flatMap(({ words }) => words);
}

const isProblem = (one: InputResolution): one is InputProblem =>
  one.kind !== 'understood' && one.kind !== 'choose';

function uniqueWords(words: readonly string[]): string[] {
  const folded = new Map(words.filter((one) => one !== '').map((one) => [foldName(one) || one, one]));
  return [...folded.values()];
}

const offersOf = ({ offers, beside }: Choices) => [...offers, ...beside];

function tickedOf(offers: Offers): Offers['ticked'] {
  const distinct = new Map<string, Offer & { understood: ResolvedCondition }>();
  const all = [...offers.trials, ...offers.conditions, ...offers.choices.flatMap(offersOf)];
  for (const one of all) {
    const { understood } = one;
    if (one.isTicked && understood)
      distinct.set(understood.topics.toSorted().join('\n'), { ...one, understood });
  }
  return [...distinct.values()];
}

async function addConditionsOf(deps: WebDeps, offers: Offers): Promise<void> {
  if (offers.trials.length > trialsWithConditions) return;
  for (const { understood } of offers.trials) {
    if (!understood?.registryId) continue;
    const [stored] = await loadTrials(deps.db, understood.registry, [understood.registryId]);
    offers.cities.push(...citiesOf(stored?.trial.sites ?? []));
    for (const { id, term } of stored ? conceptsToOffer(stored.trial) : []) {
      const kind = kindOfConcept(id);
      const offer = conditionOffer(term, kind === 'umbrella');
      if (kind !== 'attribute' && !offers.conditions.some(({ value }) => value === offer.value))
        offers.conditions.push(offer);
    }
  }
}

function citiesOf(sites: readonly Site[]): string[] {
  const placed = sites.flatMap(({ city, state, country, lat, lon }) =>
    city === '' || country === '' || lat === null || lon === null ? [] : [{ city, state, country, lat, lon }],
  );
  return nameApart(placed)
    .slice(0, citiesAtMost)
    .map(({ name }) => name);
}

function conditionOffer(label: string, weeklyOnly: boolean, typed: string | null = null): Offer {
  const value = `condition:${typed ?? label}`;
  return {
    value,
    kind: 'condition',
    label,
    isRegistryText: typed === null,
    id: null,
    isTicked: false,
    weeklyOnly,
    understood: null,
    watchedSince: null,
  };
}

/** Resolves the words of a ticked offer; reports a problem if that fails. */
async function understandOffer(deps: WebDeps, offers: Offers, offer: Offer): Promise<void> {
  const understanding = await understandSoon(deps, offer.value.slice('condition:'.length));
  if (understanding?.kind === 'understood' && understanding.understood.kind === 'condition') {
    offer.understood = understanding.understood;
    offer.weeklyOnly = understanding.understood.weeklyOnly;
  } else offers.problems.push(problemOf(understanding, offer.label));
}

/** Adds the offer for some words, or the problem with them. Returns the value of the offer's checkbox, if any. */
async function addCondition(
  deps: WebDeps,
  offers: Offers,
  words: string,
  isTicked: boolean,
): Promise<string | null> {
  if (words.length > longestCondition || foldName(words) === '') {
    offers.problems.push({ kind: 'unknown', words });
    return null;
  }
  const understanding = await understandSoon(deps, words);
  if (understanding?.kind === 'choose') {
    const { suggestions, literal } = understanding;
    const asOffers = (some: typeof suggestions) => some.map(({ term }) => conditionOffer(term, false));
    const meant = asOffers(suggestions.filter(({ beside }) => !beside));
    offers.choices.push({
      words,
      why: 'choose',
      meant: meant.length,
      offers: [...(literal ? [conditionOffer(words, false, `"${words}"`)] : []), ...meant],
      beside: asOffers(suggestions.filter(({ beside }) => beside)),
    });
    return null;
  }
  if (understanding?.kind !== 'understood') {
    offers.problems.push(problemOf(understanding, words));
    return null;
  }
  const { understood } = understanding;
  const same = offers.conditions.find(
    ({ label }) => understood.conceptTerm !== null && foldName(label) === foldName(understood.conceptTerm),
  );
  const offer = same ?? conditionOffer(words, understood.weeklyOnly, words);
  if (!same) offers.conditions.push(offer);
  Object.assign(offer, { understood, isTicked, weeklyOnly: understood.weeklyOnly });
  if (understood.weeklyOnly && understood.conceptId !== null)
    addNarrower(offers, understood.conceptId, words);
  return offer.value;
}

/** Offers the narrower terms of an umbrella term instead. */
function addNarrower(offers: Offers, conceptId: string, words: string): void {
  const narrower = suggestNarrower(conceptId, { concepts: [] }).map(({ term }) =>
    conditionOffer(term, false),
  );
  if (narrower.length > 0)
    offers.choices.push({ words, why: 'umbrella', meant: narrower.length, offers: narrower, beside: [] });
}

function problemOf(understanding: InputResolution | null, words: string): OfferProblem {
  if (understanding === null) return { kind: 'away', words };
  return isProblem(understanding) ? understanding : { kind: 'unknown', words };
}
