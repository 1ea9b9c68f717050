import type { NamedCondition } from '../../core/matching/condition-names.ts';
import { knownConditions } from '../../core/matching/synonyms.ts';
import { registryName } from '../../core/wording/change-sentences.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { listRegistryReadings, type RegistryReading } from '../../db/catalog/condition-pages.ts';
import type { Answer, Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { type KnownConditions, readKnownConditions } from '../shared/known-conditions.ts';

const commonShown = 8;

/** The start page: what this is, one search box, how it works, when the registries were read. */
export async function showHome({ wording }: Visit, { db, config }: WebParts): Promise<Answer> {
  const [known, readings] = await Promise.all([readKnownConditions(db), listRegistryReadings(db)]);
  return {
    page: 'home',
    title: wording.say('page.title'),
    view: {
      common: listCommon(known).map((condition) => linkTo(wording, condition)),
      read: readSentence(wording, readings, config.defaultTimezone),
    },
    indexed: true,
    cacheSeconds: 300,
  };
}

/** The common conditions most stored trials are about. */
function listCommon({ byId }: KnownConditions): NamedCondition[] {
  return knownConditions
    .flatMap(({ id }) => byId.get(id) ?? [])
    .filter(({ kind, count }) => kind === 'disease' && count > 0)
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name))
    .slice(0, commonShown);
}

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
