import { findStatusGroup, type StatusGroup } from '../../core/status-groups.ts';
import { normaliseText } from '../../core/text/text.ts';
import type { ListKey } from '../../db/catalog/condition-pages.ts';
import { readStoreStamp } from '../../db/catalog/condition-pages.ts';
import { openPageMemory, type PageMemory } from '../http/page-cache.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { describeSubject, findNamed } from './condition-subject.ts';
import { type ConditionView, readConditionView } from './condition-view.ts';
import { searchPage } from './search.ts';

const pagesKept = 500;
const longestSpelling = 120;
const memories = new WeakMap<WebDeps['db'], PageMemory<ConditionView>>();

/** A condition: what it covers, its trials by status, its newest changes, and a link to follow it. */
export async function showCondition(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { params, query, wording, now } = request;
  const slug = params.slug ?? '';
  const named = await findNamed(deps.db, slug);
  if (named === null) return noSuchCondition(request);
  const { condition } = named;
  if (condition?.kind === 'attribute') return noSuchCondition(request, condition.name);
  const asked = readAsked(query);
  if (named.slug !== slug || asked === null) return { seeOther: addressOf(named.slug) };
  const typed = normaliseText(field(query, 'as').slice(0, longestSpelling));

  const stamp = `${await readStoreStamp(deps.db)} ${now.slice(0, 10)}`;
  const key = JSON.stringify([slug, asked.show, asked.after, request.language, typed]);
  const view = await memoryOf(deps.db).get(key, stamp, async () => {
    const subject = await describeSubject(deps.db, named, typed);
    return readConditionView(deps, wording, { subject, ...asked, now });
  });
  return {
    page: 'condition',
    title: wording.say('condition.title', { name: view.subject.name }),
    view,
    // Search engines should not index words without trials, or the later pages of a list.
    indexed: condition !== null && view.total > 0 && asked.after === null,
    cacheSeconds: 300,
    feed: `${addressOf(slug)}/feed.atom`,
  };
}

function memoryOf(db: WebDeps['db']): PageMemory<ConditionView> {
  const memory = memories.get(db) ?? openPageMemory<ConditionView>(pagesKept);
  memories.set(db, memory);
  return memory;
}

/** The requested group and position; null if the query is invalid. */
function readAsked(query: PageRequest['query']): { show: StatusGroup; after: ListKey | null } | null {
  const show = query.show === undefined ? 'recruiting' : findStatusGroup(field(query, 'show'));
  if (show === null) return null;
  if (query.after === undefined) return { show, after: null };
  const parts = /^(\d{4}(?:-\d\d){0,2})?_(\d{1,15})$/.exec(field(query, 'after'));
  return parts ? { show, after: { verified: parts[1] ?? '', id: Number(parts[2]) } } : null;
}

/** The page for a slug that cannot be followed, with a search box. */
export function noSuchCondition({ wording }: PageRequest, attribute?: string): PageResponse {
  const lines =
    attribute === undefined
      ? [wording.say('condition.unknown.text')]
      : [
          wording.say('find.attribute', { term: wording.registryText(attribute) }),
          wording.say('find.attribute.next'),
        ];
  return searchPage(wording, '', { lines, status: 404, title: wording.say('condition.unknown') });
}
