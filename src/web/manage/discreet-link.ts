import { linkNumber } from '../../core/digests/stored-digest.ts';
import { findDigest } from '../../db/digests/sent-digests.ts';
import { findFollowedTrial } from '../../db/subscribers/followed.ts';
import { speakIn } from '../../languages.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readDerivedLink } from './derived-link.ts';
import { digestsRetainedSince } from './digest-page.ts';
import { explainLink } from './manage-trouble.ts';

/**
 * Redirects from a discreet mail to a trial's page: the n-th trial of a digest, or the reader's n-th
 * subscription. The URL names neither; nothing is counted or stored.
 */
export async function openDiscreetLink(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { token = '', n = '' } = request.params;
  const number = parseId(n) ?? 0;
  const digest = number > 0 ? await readDerivedLink(deps, 'digest', token) : null;
  const reader = number > 0 && !digest ? await readDerivedLink(deps, 'followed', token) : null;
  if (!digest && !reader) return explainLink(request, 'cut-off');
  const trial = digest
    ? (await findDigest(deps.db, digest, digestsRetainedSince(request.now)))?.content.trials.find(
        (told, place) => linkNumber(told, place) === number,
      )?.card.id
    : reader && (await findFollowedTrial(deps.db, reader, number));
  if (!trial) return { ...explainLink(request, 'gone'), status: 200 };
  const page = `/trials/${encodeURIComponent(trial)}`;
  return { seeOther: speakIn(page, request.language, deps.config.defaultLanguage) };
}
