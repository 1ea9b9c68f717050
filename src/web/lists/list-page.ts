import { frequencies } from '../../core/schedule.ts';
import { readStoreStamp } from '../../db/catalog/condition-pages.ts';
import type { ProofView } from '../follow/proof-of-work.ts';
import { openPageMemory, type PageMemory } from '../http/page-cache.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { findShownList, type ShownList } from './list-find.ts';
import { readListView, type SharedListView } from './list-view.ts';

const pagesKept = 200;
/** How long a public list may be cached, in seconds. */
const keptSeconds = 300;
const memories = new WeakMap<WebDeps['db'], PageMemory<SharedListView>>();

/** What the form of the page begins with, and what is wrong with it. */
export type ListBox = { email: string; often: string; error: string | null; proof: ProofView | null };

const emptyBox: ListBox = { email: '', often: 'usual', error: null, proof: null };

/** A list: what is on it and why, its newest changes, its feed and calendar, and how to follow it. */
export async function showSharedList(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findShownList(request, deps);
  return 'answer' in found ? found.answer : listPage(request, deps, found, emptyBox);
}

/** The page of a list with its form as sent. */
export async function listPage(
  { wording, language, now }: PageRequest,
  deps: WebDeps,
  shown: ShownList,
  box: ListBox,
): Promise<PageResponse> {
  const { list, path, isPublic } = shown;
  const { revision, changedAt } = list;
  const stamp = [await readStoreStamp(deps.db), revision, changedAt, now.slice(0, 10)].join(' ');
  const key = JSON.stringify([list.id, path, list.name, list.organization, language]);
  const view = await memoryOf(deps.db).get(key, stamp, () => readListView(deps, wording, shown, now));
  const isFirst = box === emptyBox;
  return {
    page: 'list',
    title: view.heading,
    status: isFirst ? 200 : box.proof ? 429 : 422,
    view: {
      ...view,
      isPublic,
      action: `${path}/follow`,
      box,
      oftens: ['usual', ...frequencies].map((value) => ({
        value,
        label: wording.say(`list.often.${value}`),
      })),
    },
    feed: view.feed,
    ...(isPublic && isFirst ? { cacheSeconds: keptSeconds } : {}),
    ...(isPublic ? { sharing: { address: path, description: wording.say('share.list') } } : {}),
  };
}

function memoryOf(db: WebDeps['db']): PageMemory<SharedListView> {
  const memory = memories.get(db) ?? openPageMemory<SharedListView>(pagesKept);
  memories.set(db, memory);
  return memory;
}
