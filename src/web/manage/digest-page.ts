import { registryName } from '../../core/registries.ts';
import type { Instant } from '../../core/trial.ts';
import { digestWords, linkToLess, linkToMisfit } from '../../core/wording/digest/digest.ts';
import { sharedWords } from '../../core/wording/digest/trial-words.ts';
import { aboutSources, sourcesOfDigest } from '../../core/wording/sources.ts';
import { findDigest } from '../../db/digests/sent-digests.ts';
import { listsById } from '../../db/lists/list-reasons.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { makeDerivedLink, readDerivedLink } from './derived-link.ts';
import { explainLink } from './manage-trouble.ts';

/** How long a digest can be read after it was planned, in days (D5). */
const keptDays = 90;

/** Digests planned after this instant can still be read. */
export function digestsRetainedSince(now: Instant): Instant {
  return new Date(Date.parse(now) - keptDays * 24 * 3_600_000).toISOString();
}

/** A whole digest in the words of its mail, read-only. A valid link gets 200 even if the digest is gone (E3). */
export async function showDigest(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const link = await readDerivedLink(deps, 'digest', request.params.token ?? '');
  if (!link) return explainLink(request, 'cut-off');
  const digest = await findDigest(deps.db, link, digestsRetainedSince(request.now));
  if (!digest) return { ...explainLink(request, 'gone'), status: 200 };
  const { wording } = request;
  const { content, subscriberId } = digest;
  const lists = listsById(digest.lists);
  const words = digestWords(wording, content, sharedWords, lists);
  const personal = (purpose: string) =>
    makeDerivedLink(deps.keys, purpose, { id: subscriberId, generation: link.generation });
  const unsubscribeUrl = `/unsubscribe/${personal('unsubscribe')}`;
  return {
    page: 'digest',
    title: wording.say('digest.heading'),
    view: {
      ...words,
      trials: words.trials.map((trial) => ({
        ...trial,
        lessUrl: linkToLess(unsubscribeUrl, trial),
        misfitUrl: linkToMisfit('', request.params.token ?? '', trial),
        recordUrl: trial.isGone ? null : deps.actions.recordUrl(trial.registry, trial.id),
        recordName: wording.say('digest.record', { registry: registryName(trial.registry) }),
      })),
      about: aboutSources(wording, sourcesOfDigest(content)),
      unsubscribeUrl,
      manageUrl: `/manage/${personal('manage')}`,
    },
  };
}
