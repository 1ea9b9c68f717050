import { passesFilters } from '../../core/subscriptions/filters.ts';
import { loadFilterable } from '../../db/catalog/estimates.ts';
import { findFeedOwner, listChangesForReport } from '../../db/subscribers/reports.ts';
import { feedEntriesAtMost, writeFeed } from '../catalog/feed-document.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readDerivedLink } from './derived-link.ts';

const ending = '.atom';
/** How long a feed may be cached, in seconds. */
const keptSeconds = 900;

/** A private feed of the changes in a person's subscriptions. Anyone who knows its URL can read it. */
export async function showPrivateFeed(
  { params, path, wording }: PageRequest,
  deps: WebDeps,
): Promise<PageResponse> {
  const name = params.token ?? '';
  const link = name.endsWith(ending)
    ? await readDerivedLink(deps, 'feed', name.slice(0, -ending.length))
    : null;
  const owner = link && (await findFeedOwner(deps.db, link));
  if (!owner) return { notFound: true };
  const wanted = await listChangesForReport(deps.db, owner.id, feedEntriesAtMost);
  const trials = await loadFilterable(deps.db, [...new Set(wanted.map(({ trialId }) => trialId))]);
  const changes = wanted.flatMap((change) => {
    const trial = trials.get(change.trialId);
    if (trial === undefined) return change;
    const passed = change.filters.map((one) => passesFilters(trial, one)).filter(({ passes }) => passes);
    // If several subscriptions match, the one whose filters miss the least data is the surest match.
    const [best] = passed.toSorted((a, b) => a.unknown.length - b.unknown.length);
    return best ? { ...change, unsaid: best.unknown } : [];
  });
  const body = writeFeed(wording, deps.config.baseUrl, {
    name: `own/${deps.keys.sign('feed-name', String(owner.id)).slice(0, 22)}`,
    title: wording.say('settings.feed.title'),
    path,
    pagePath: '/manage',
    since: owner.createdAt,
    changes,
    about: wording.say('feed.about'),
    defaultLanguage: deps.config.defaultLanguage,
    author: deps.config.operator.name,
  });
  return { body, type: 'application/atom+xml; charset=utf-8', cacheSeconds: keptSeconds, isPrivate: true };
}
