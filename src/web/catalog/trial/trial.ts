import { addMs, dayMs } from '../../../core/instants.ts';
import { normaliseText } from '../../../core/text/text.ts';
import { listLinks } from '../../../db/catalog/trial-links.ts';
import { listTrialHistory } from '../../../db/catalog/trial-pages.ts';
import { followBox } from '../../follow/follow-box.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { readKnownConditions } from '../../shared/known-conditions.ts';
import { shareTrial } from '../sharing/share-trial.ts';
import { siteNews } from '../time/site-news.ts';
import { viewTime } from '../time/trial-time.ts';
import { viewChanges } from '../timeline-view.ts';
import { findTrial } from './trial-find.ts';
import { findNear, viewListings, viewSites } from './trial-sites.ts';
import { viewSource } from './trial-source.ts';
import { trialTitle, viewTrial } from './trial-view.ts';

const changesShown = 3;
/** Sites that came or went within this time are named as new or gone. */
const siteNewsMs = 90 * dayMs;

/** A trial's page. The first request for a trial that is not stored fetches it from the registry. */
export async function showTrial(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findTrial(request, deps, '', { fetch: true });
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const typed = normaliseText(field(request.query, 'near').slice(0, 200));
  const near = await findNear(deps.db, stored.trial.sites, typed);
  const { wording, now } = request;
  const timezone = deps.config.defaultTimezone;
  const lately = addMs(now, -siteNewsMs);
  const sitesSince = [stored.watchedSince, lately].toSorted().at(-1) ?? lately;
  const history =
    stored.changeCount > 0
      ? await listTrialHistory(deps.db, stored.trialId, { newest: changesShown, sitesSince })
      : [];
  const newest = history.filter(({ isNewest }) => isNewest);
  const news = siteNews(
    wording,
    history.filter(({ detectedAt }) => detectedAt >= sitesSince),
  );
  return {
    page: 'trial',
    title: trialTitle(wording, stored.trial),
    view: {
      trial: viewTrial(request, deps, stored, {
        known: await readKnownConditions(deps.db),
        links: await listLinks(deps.db, stored.trialId),
      }),
      box: followBox(wording, { kind: 'trial', id: stored.id }),
      time: viewTime(wording, stored, history, { now, timezone }),
      sites: viewSites(wording, stored.trial.sites, near, news),
      siteNews: { ...news, since: wording.dayOf(sitesSince, timezone) },
      listings: viewListings(wording, stored.trial.countries),
      changes: viewChanges(wording, stored, newest, timezone),
      source: viewSource(wording, stored, timezone),
    },
    indexed: typed === '',
    cacheSeconds: 300,
    feed: `/trials/${stored.id}/feed.atom`,
    sharing: shareTrial(wording, stored, timezone),
  };
}
