import { trialTopic } from '../../core/matching/topics.ts';
import { findFeedTrial, listNewestChanges, readBeginning } from '../../db/catalog/feeds.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { findTrialNamed } from '../shared/lookups.ts';
import { describeSubject, findNamed } from './condition-subject.ts';
import { type Feed, feedEntriesAtMost, writeFeed } from './feed-document.ts';

/** How long a feed may be cached, in seconds. */
const keptSeconds = 900;

/** The changes of one trial as an Atom feed. */
export async function showTrialFeed({ params, wording }: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findTrialNamed(deps, params.id ?? '');
  const trial = found ? await findFeedTrial(deps.db, found.registry, found.id) : null;
  if (!found || !trial) return { notFound: true };
  const pagePath = `/trials/${encodeURIComponent(trial.registryId)}`;
  const path = `${pagePath}/feed.atom`;
  if (params.id !== trial.registryId) return { seeOther: path };
  return send(wording, deps, {
    name: `trial/${found.registry}/${trial.registryId}`,
    title: wording.say('feed.trial', { id: trial.registryId }),
    path,
    pagePath,
    since: trial.watchedSince,
    changes: await listNewestChanges(
      deps.db,
      [trialTopic(found.registry, trial.registryId)],
      feedEntriesAtMost,
    ),
  });
}

/** The changes of all trials about a condition as an Atom feed. */
export async function showConditionFeed(
  { params, wording }: PageRequest,
  deps: WebDeps,
): Promise<PageResponse> {
  const named = await findNamed(deps.db, params.slug ?? '');
  if (named === null || (named.condition && named.condition.kind !== 'disease')) return { notFound: true };
  const pagePath = addressOf(named.slug);
  const path = `${pagePath}/feed.atom`;
  if (named.slug !== params.slug) return { seeOther: path };
  const subject = await describeSubject(deps.db, named);
  const [changes, beginning] = await Promise.all([
    listNewestChanges(deps.db, subject.topics, feedEntriesAtMost),
    readBeginning(deps.db),
  ]);
  return send(wording, deps, {
    name: `condition/${subject.condition?.conceptId ?? encodeURIComponent(subject.slug)}`,
    title: wording.say('feed.condition', { name: subject.name }),
    path,
    pagePath,
    since: beginning ?? deps.now(),
    changes,
  });
}

function send(
  wording: PageRequest['wording'],
  { config }: WebDeps,
  feed: Omit<Feed, 'about' | 'author' | 'defaultLanguage'>,
): PageResponse {
  const about = wording.say('feed.about');
  return {
    body: writeFeed(wording, config.baseUrl, {
      ...feed,
      about,
      defaultLanguage: config.defaultLanguage,
      author: config.operator.name,
    }),
    type: 'application/atom+xml; charset=utf-8',
    indexed: true,
    cacheSeconds: keptSeconds,
  };
}
