import { type NamedCondition, wordsOfSlug } from '../../core/matching/condition-names.ts';
import { registryName } from '../../core/registries.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { RegistryReading } from '../../db/ingest/registries.ts';

/** A link to a condition's page, with the number of its trials in words. */
export function linkTo(
  wording: Wording,
  condition: NamedCondition,
): { href: string; name: string; count: string } {
  return {
    href: addressOf(condition.slug),
    name: wording.registryText(condition.name),
    count: wording.say('find.count', { count: condition.count }),
  };
}

/** The path of a condition's page. */
export function addressOf(slug: string): string {
  return `/conditions/${encodeURIComponent(slug)}`;
}

/**
 * The path of the page for words that are followed literally, with the typed spelling if the page could not
 * know it.
 */
export function addressOfWords(slug: string, typed: string): string {
  const words = typed.replace(/^"(.+)"$/, '$1');
  const isPlain = capitalise(wordsOfSlug(slug) ?? words) === capitalise(words);
  return isPlain ? addressOf(slug) : `${addressOf(slug)}?as=${encodeURIComponent(words)}`;
}

/** A name with a capital first letter. */
export function capitalise(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** When the registries were last read, in words. */
export function readSentence(wording: Wording, readings: RegistryReading[], timezone: string): string {
  const read = readings.flatMap(({ id, dataTimestamp, completedAt }) =>
    dataTimestamp === null || completedAt === null
      ? []
      : wording.say('find.read', {
          registry: registryName(id),
          day: wording.date(dataTimestamp.slice(0, 10)),
          moment: wording.moment(completedAt, timezone),
        }),
  );
  return read.length === 0 ? wording.say('find.not-read') : read.join(' ');
}
