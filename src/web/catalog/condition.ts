import { normaliseText } from '../../core/text/text.ts';
import { readStoreStamp } from '../../db/catalog/condition-pages.ts';
import { openPageMemory, type PageMemory } from '../http/page-cache.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { addressOfList, readAskedList } from './condition-asked.ts';
import { describeSubject, findNamed } from './condition-subject.ts';
import { type ConditionView, readConditionView } from './condition-view.ts';
import { searchPage } from './search.ts';

const pagesKept = 500;
const longestSpelling = 120;
const memories = new WeakMap<WebDeps['db'], PageMemory<ConditionView>>();

/** A condition: its newest changes, its trials with filters, what it covers, and how to follow it as it is shown. */
export async function showCondition(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { params, query, wording, now } = request;
  const slug = params.slug ?? '';
  const named = await findNamed(deps.db, slug);
  if (named === null) return noSuchCondition(request);
  const { condition } = named;
  if (condition?.kind === 'attribute') return noSuchCondition(request, condition.name);
  const asked = readAskedList(query);
  if (named.slug !== slug || asked === null) return { seeOther: addressOf(named.slug) };
  const typed = normaliseText(field(query, 'as').slice(0, longestSpelling));

  const stamp = `${await readStoreStamp(deps.db)} ${now.slice(0, 10)}`;
  const key = JSON.stringify([slug, asked, request.language, typed]);
  const view = await memoryOf(deps.db).get(key, stamp, async () => {
    const subject = await describeSubject(deps.db, named, typed);
    return readConditionView(deps, wording, { subject, asked, typed, now });
  });
  const isWrong = view.list?.form.fault != null;
  return {
    page: 'condition',
    title: wording.say('condition.title', { name: view.subject.name }),
    status: isWrong ? 422 : 200,
    view: { ...view, files: `${addressOf(slug)}/changes` },
    // Search engines should not index words without trials, filtered lists, or the later pages of a list.
    indexed: condition !== null && view.isPlain && (view.list?.total ?? condition.count) > 0,
    ...(isWrong ? {} : { cacheSeconds: 300 }),
    feed: `${addressOf(slug)}/feed.atom`,
    sharing: {
      // A place and an age may be the reader's own.
      address: addressOfList(slug, asked, { near: '', age: '' }),
      description: wording.say('share.condition'),
      picture: `${addressOf(slug)}/preview.png`,
    },
  };
}

function memoryOf(db: WebDeps['db']): PageMemory<ConditionView> {
  const memory = memories.get(db) ?? openPageMemory<ConditionView>(pagesKept);
  memories.set(db, memory);
  return memory;
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
