import type { NamedCondition } from '../../core/matching/condition-names.ts';
import { knownConditions } from '../../core/matching/synonyms.ts';
import { listRegistries } from '../../db/ingest/registries.ts';
import { typedBox } from '../follow/follow-box.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { linkTo, readSentence } from '../shared/condition-links.ts';
import { type KnownConditions, readKnownConditions } from '../shared/known-conditions.ts';

const commonShown = 8;

/** The start page: what this is, one search box, how it works, when the registries were read. */
export async function showHome({ wording }: PageRequest, { db, config }: WebDeps): Promise<PageResponse> {
  const [known, readings] = await Promise.all([readKnownConditions(db), listRegistries(db)]);
  return {
    page: 'home',
    title: wording.say('page.title'),
    view: {
      box: typedBox(wording),
      common: listCommon(known).map((condition) => linkTo(wording, condition)),
      read: readSentence(wording, readings, config.defaultTimezone),
    },
    indexed: true,
    cacheSeconds: 300,
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
