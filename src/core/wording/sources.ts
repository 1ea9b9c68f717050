import type { Digest } from '../digests/digest.ts';
import { registryFacts, registryName } from '../registries.ts';
import type { Day, Instant } from '../trial.ts';
import type { Wording } from './wording.ts';

/** A registry with the day of its data, and when it was read. */
export type Source = { registry: string; dataDay: Day; readAt: Instant; timezone: string };

/** The day of the digest's data, and when it was read, for the block on sources (D11). */
export function sourceSentence(wording: Wording, source: Source): string {
  return wording.say('about.source', {
    registry: registryName(source.registry),
    day: wording.date(source.dataDay),
    moment: wording.moment(source.readAt, source.timezone),
  });
}

/**
 * What the terms of these registries ask to be said beside their records (X12): each sentence once, in the
 * order of the registries. A registry that this program does not know says nothing.
 */
export function attributions(wording: Wording, registries: readonly string[]): string[] {
  const said = registries.flatMap((registry) => {
    const facts = registryFacts(registry);
    if (facts === undefined) return [];
    const { attribution, licence } = facts;
    return wording.say(`attribution.${attribution}`, { registry: facts.name, licence });
  });
  return [...new Set(said)];
}

/** The sources of a digest, each with its own times if they are known. */
export function sourcesOfDigest({ trials, registryTimes = [], dataDay, readAt, timezone }: Digest): Source[] {
  const cards = trials.flatMap(({ card, elsewhere = [] }) => [card, ...elsewhere.map((one) => one.card)]);
  const registries = new Set(cards.map(({ registry }) => registry));
  return [...registries].map((registry) => {
    const own = registryTimes.find((one) => one.registry === registry);
    return { registry, timezone, dataDay: own?.dataDay ?? dataDay, readAt: own?.readAt ?? readAt };
  });
}

/** The names of registries in a sentence. */
export function registryNames(wording: Wording, registries: readonly string[]): string {
  return wording.list(registries.map(registryName));
}

/** The sources of texts, the terms they come under, and what all of it is not (D11, X12). */
export function aboutSources(wording: Wording, sources: readonly Source[]): string[] {
  return [
    ...sources.map((source) => sourceSentence(wording, source)),
    ...attributions(
      wording,
      sources.map(({ registry }) => registry),
    ),
    wording.say('about.advice'),
  ];
}
