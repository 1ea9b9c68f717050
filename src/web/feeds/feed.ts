import { trialTopic } from '../../core/matching/topics.ts';
import { findFeedTrial, listFeedChanges, readBeginning, readFeedAuthority } from '../../db/catalog/feeds.ts';
import { describeSubject, findNamed } from '../catalog/condition-subject.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { findTrialNamed } from '../shared/lookups.ts';
import { cutPage, type Feed, feedEntriesAtMost, readBefore, writeFeed } from './feed-document.ts';

/** How long a feed may be cached, in seconds. */
const keptSeconds = 900;

/** The changes of one trial as an Atom feed. */
export async function showTrialFeed(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { params, wording } = request;
  const found = await findTrialNamed(deps, params.id ?? '');
  const trial = found ? await findFeedTrial(deps.db, found.registry, found.id) : null;
  if (!found || !trial) return { notFound: true };
  const pagePath = `/trials/${encodeURIComponent(trial.registryId)}`;
  const path = `${pagePath}/feed.atom`;
  if (params.id !== trial.registryId) return { seeOther: path, status: 301 };
  return send(request, deps, [trialTopic(found.registry, trial.registryId)], {
    name: `trial/${found.registry}/${trial.registryId}`,
    title: wording.say('feed.trial', { id: trial.registryId }),
    path,
    pagePath,
    since: trial.watchedSince,
  });
}

/** The changes of all trials about a condition as an Atom feed. */
export async function showConditionFeed(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { params, wording } = request;
  const named = await findNamed(deps.db, params.slug ?? '');
  if (named === null || (named.condition && named.condition.kind !== 'disease')) return { notFound: true };
  const pagePath = addressOf(named.slug);
  const path = `${pagePath}/feed.atom`;
  if (named.slug !== params.slug) return { seeOther: path, status: 301 };
  const subject = await describeSubject(deps.db, named);
  const beginning = await readBeginning(deps.db);
  return send(request, deps, subject.topics, {
    name: `condition/${subject.condition?.conceptId ?? encodeURIComponent(subject.slug)}`,
    title: wording.say('feed.condition', { name: subject.name }),
    path,
    pagePath,
    since: beginning ?? deps.now(),
  });
}

async function send(
  request: PageRequest,
  deps: WebDeps,
  topics: string[],
  feed: Pick<Feed, 'name' | 'title' | 'path' | 'pagePath' | 'since'>,
): Promise<PageResponse> {
  const { config } = deps;
  const { wording, now } = request;
  const before = readBefore(request);
  const changes = await listFeedChanges(deps.db, topics, before, feedEntriesAtMost + 1);
  return {
    body: writeFeed(wording, config.baseUrl, {
      ...feed,
      ...cutPage(changes),
      before,
      now,
      about: wording.say('feed.about'),
      registries: Object.keys(config.registries),
      authority: await readFeedAuthority(deps.db, config.baseUrl),
      defaultLanguage: config.defaultLanguage,
      author: config.operator.name,
    }),
    type: 'application/atom+xml; charset=utf-8',
    indexed: true,
    cacheSeconds: keptSeconds,
  };
}
