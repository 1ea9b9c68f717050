import { passesFilters } from '../../core/subscriptions/filters.ts';
import { loadFilterable } from '../../db/catalog/estimates.ts';
import { readFeedAuthority } from '../../db/catalog/feeds.ts';
import { findLeftOut } from '../../db/catalog/left-out.ts';
import type { Db } from '../../db/connect.ts';
import { type Followed, listFollowed } from '../../db/subscribers/followed.ts';
import { findFeedOwner, listSubscribedChanges, type SubscribedChange } from '../../db/subscribers/reports.ts';
import {
  cutPage,
  type FeedPage,
  feedEntriesAtMost,
  readBefore,
  type TellableChange,
  writeFeed,
} from '../feeds/feed-document.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readDerivedLink } from './derived-link.ts';

const ending = '.atom';
/** How long a feed may be cached, in seconds. */
const keptSeconds = 900;
/** The number of changes that one statement looks at, and of statements for one page. They limit its cost. */
const lookedAt = 500;
const looksAtMost = 10;

/** A private feed of the changes in a person's subscriptions. Anyone who knows its URL can read it. */
export async function showPrivateFeed(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { params, path, wording, now } = request;
  const name = params.token ?? '';
  const link = name.endsWith(ending)
    ? await readDerivedLink(deps, 'feed', name.slice(0, -ending.length))
    : null;
  const owner = link && (await findFeedOwner(deps.db, link));
  if (!owner) return { notFound: true };
  const before = readBefore(request);
  const body = writeFeed(wording, deps.config.baseUrl, {
    ...(await readPage(deps.db, owner.id, before)),
    name: `own/${deps.keys.sign('feed-name', String(owner.id)).slice(0, 22)}`,
    title: wording.say('settings.feed.title'),
    path,
    pagePath: '/manage',
    before,
    since: owner.createdAt,
    now,
    about: wording.say('feed.about'),
    registries: Object.keys(deps.config.registries),
    authority: await readFeedAuthority(deps.db, deps.config.baseUrl),
    defaultLanguage: deps.config.defaultLanguage,
    author: deps.config.operator.name,
  });
  return {
    body,
    type: 'application/atom+xml; charset=utf-8',
    cacheSeconds: keptSeconds,
    isPrivate: true,
    // A browser that saves the feed would take the secret part of its URL for the file's name.
    headers: { 'content-disposition': 'inline; filename="trialbell.atom"' },
  };
}

/** A page of what a person's subscriptions tell: their facets and filters come before its limit. */
async function readPage(db: Db, subscriberId: number, before: number | null): Promise<FeedPage> {
  const followed = await listFollowed(db, subscriberId);
  const found: TellableChange[] = [];
  let from = before;
  for (let looks = 0; looks < looksAtMost && found.length <= feedEntriesAtMost; looks++) {
    const { changes, end } = await listSubscribedChanges(db, subscriberId, from, lookedAt);
    found.push(...(await applyFilters(db, followed, changes)));
    from = end;
    if (end === null) break;
  }
  const page = cutPage(found);
  // Rare changes: the next page begins where this one stopped looking.
  return page.next === null && from !== null ? { ...page, next: from } : page;
}

/**
 * The changes that pass the filters of a subscription and were not said not to fit it, with the filters that their
 * records have no data for.
 */
async function applyFilters(
  db: Db,
  followed: readonly Followed[],
  changes: SubscribedChange[],
): Promise<TellableChange[]> {
  const trialIds = [...new Set(changes.map(({ trialId }) => trialId))];
  const trials = await loadFilterable(db, trialIds);
  const leftOut = await findLeftOut(db, followed, trialIds);
  return changes.flatMap((change) => {
    const trial = trials.get(change.trialId);
    if (trial === undefined) return change;
    const passed = change.tellers
      .filter(({ id }) => !leftOut.get(id)?.has(change.trialId))
      .map(({ filters }) => passesFilters(trial, filters))
      .filter(({ passes }) => passes);
    // If several subscriptions match, the one whose filters miss the least data is the surest match.
    const [best] = passed.toSorted((a, b) => a.unknown.length - b.unknown.length);
    return best ? { ...change, unsaid: best.unknown } : [];
  });
}
