import { passesFilters } from '../../core/subscriptions/filters.ts';
import { loadFilterable } from '../../db/catalog/estimates.ts';
import { findFeedOwner, listWanted } from '../../db/subscribers/reports.ts';
import { feedEntriesAtMost, writeFeed } from '../catalog/feed-document.ts';
import type { Answer, Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { readDerivedLink } from './derived-link.ts';

const ending = '.atom';
/** Feed readers ask this often at most. */
const keptSeconds = 900;

/** The changes in what somebody follows, as a feed of their own: whoever knows its address can read it. */
export async function showPrivateFeed({ params, path, wording }: Visit, parts: WebParts): Promise<Answer> {
  const name = params.token ?? '';
  const link = name.endsWith(ending)
    ? await readDerivedLink(parts, 'feed', name.slice(0, -ending.length))
    : null;
  const owner = link && (await findFeedOwner(parts.db, link));
  if (!owner) return { notFound: true };
  const wanted = await listWanted(parts.db, owner.id, feedEntriesAtMost);
  const trials = await loadFilterable(parts.db, [...new Set(wanted.map(({ trialId }) => trialId))]);
  const changes = wanted.filter(({ trialId, filters }) => {
    const trial = trials.get(trialId);
    return trial === undefined || filters.some((one) => passesFilters(trial, one).passes);
  });
  const body = writeFeed(wording, parts.config.baseUrl, {
    name: `own/${parts.keys.sign('feed-name', String(owner.id)).slice(0, 22)}`,
    title: wording.say('settings.feed.title'),
    path,
    pagePath: '/manage',
    since: owner.createdAt,
    changes,
    about: wording.say('feed.about'),
    defaultLanguage: parts.config.defaultLanguage,
    author: parts.config.operator.name,
  });
  return { body, type: 'application/atom+xml; charset=utf-8', cacheSeconds: keptSeconds, isPrivate: true };
}
