import { trialTopic } from '../../core/matching/topics.ts';
import { findFeedTrial, listNewestChanges, readBeginning } from '../../db/catalog/feeds.ts';
import type { Answer, Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { describeSubject, findNamed } from './condition-subject.ts';
import { type Feed, feedEntriesAtMost, writeFeed } from './feed-document.ts';

/** Feed readers ask this often at most. */
const keptSeconds = 900;

/** The changes of one trial as an Atom feed. */
export async function showTrialFeed({ params, wording }: Visit, parts: WebParts): Promise<Answer> {
  const found = parts.acts.findTrialId(params.id ?? '');
  const trial = found ? await findFeedTrial(parts.db, found.registry, found.id) : null;
  if (!found || !trial) return { notFound: true };
  const pagePath = `/trials/${encodeURIComponent(trial.registryId)}`;
  const path = `${pagePath}/feed.atom`;
  if (params.id !== trial.registryId) return { seeOther: path };
  return send(wording, parts, {
    name: `trial/${found.registry}/${trial.registryId}`,
    title: wording.say('feed.trial', { id: trial.registryId }),
    path,
    pagePath,
    since: trial.watchedSince,
    changes: await listNewestChanges(
      parts.db,
      [trialTopic(found.registry, trial.registryId)],
      feedEntriesAtMost,
    ),
  });
}

/** The changes of all trials about a condition as an Atom feed. */
export async function showConditionFeed({ params, wording }: Visit, parts: WebParts): Promise<Answer> {
  const named = await findNamed(parts.db, params.slug ?? '');
  if (named === null || (named.condition && named.condition.kind !== 'disease')) return { notFound: true };
  const pagePath = addressOf(named.slug);
  const path = `${pagePath}/feed.atom`;
  if (named.slug !== params.slug) return { seeOther: path };
  const subject = await describeSubject(parts.db, named);
  const [changes, beginning] = await Promise.all([
    listNewestChanges(parts.db, subject.topics, feedEntriesAtMost),
    readBeginning(parts.db),
  ]);
  return send(wording, parts, {
    name: `condition/${subject.condition?.conceptId ?? encodeURIComponent(subject.slug)}`,
    title: wording.say('feed.condition', { name: subject.name }),
    path,
    pagePath,
    since: beginning ?? parts.now(),
    changes,
  });
}

function send(
  wording: Visit['wording'],
  { config }: WebParts,
  feed: Omit<Feed, 'about' | 'author' | 'defaultLanguage'>,
): Answer {
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
