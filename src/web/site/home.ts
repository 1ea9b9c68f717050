import type { NamedCondition } from '../../core/matching/condition-names.ts';
import { knownConditions } from '../../core/matching/synonyms.ts';
import { registryName } from '../../core/registries.ts';
import { findNewestStatusChange } from '../../db/catalog/newest-change.ts';
import { listRegistries } from '../../db/ingest/registries.ts';
import { typedBox } from '../follow/follow-box.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { linkTo, readSentence } from '../shared/condition-links.ts';
import { type KnownConditions, readKnownConditions } from '../shared/known-conditions.ts';
import { sampleChange, sampleEmail } from './home-samples.ts';

const commonShown = 3;

/**
 * The start page: one box, what a change and an email look like, what happens next, who runs this, some conditions, and
 * when the registries were read. While nothing has been read, it says what to do.
 */
export async function showHome({ wording }: PageRequest, { db, config }: WebDeps): Promise<PageResponse> {
  const [known, readings, newest] = await Promise.all([
    readKnownConditions(db),
    listRegistries(db),
    findNewestStatusChange(db),
  ]);
  return {
    page: 'home',
    title: wording.say('page.title'),
    view: {
      box: typedBox(wording),
      change: sampleChange(wording, newest, config.defaultTimezone),
      email: sampleEmail(wording),
      common: listCommon(known).map((condition) => linkTo(wording, condition)),
      registries: wording.list(Object.keys(config.registries).map(registryName)),
      isEmpty: readings.every(({ completedAt }) => completedAt === null),
      read: readSentence(wording, readings, config.defaultTimezone),
    },
    indexed: true,
    cacheSeconds: 300,
    sharing: { address: '/', description: wording.say('legal.about.lead') },
  };
}

/** The common conditions with most stored trials. */
function listCommon({ byId }: KnownConditions): NamedCondition[] {
  return knownConditions
    .flatMap(({ id }) => byId.get(id) ?? [])
    .filter(({ kind, count }) => kind === 'disease' && count > 0)
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name))
    .slice(0, commonShown);
}
