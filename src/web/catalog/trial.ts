import { normaliseText } from '../../core/text/text.ts';
import { listLinks } from '../../db/catalog/trial-links.ts';
import { listTrialChanges } from '../../db/catalog/trial-pages.ts';
import { followBox } from '../follow/follow-box.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readKnownConditions } from '../shared/known-conditions.ts';
import { viewChanges } from './timeline-view.ts';
import { findTrial } from './trial-find.ts';
import { findNear, viewListings, viewSites } from './trial-sites.ts';
import { viewSource } from './trial-source.ts';
import { trialTitle, viewTrial } from './trial-view.ts';

const changesShown = 3;

/** A trial's page. The first request for a trial that is not stored fetches it from the registry. */
export async function showTrial(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findTrial(request, deps, '', { fetch: true });
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const typed = normaliseText(field(request.query, 'near').slice(0, 200));
  const near = await findNear(deps.db, stored.trial.sites, typed);
  const changes =
    stored.changeCount > 0
      ? await listTrialChanges(deps.db, stored.trialId, { before: null, limit: changesShown })
      : [];
  return {
    page: 'trial',
    title: trialTitle(request.wording, stored.trial),
    view: {
      trial: viewTrial(request, deps, stored, {
        known: await readKnownConditions(deps.db),
        links: await listLinks(deps.db, stored.trialId),
      }),
      box: followBox(request.wording, { kind: 'trial', id: stored.id }),
      sites: viewSites(request.wording, stored.trial.sites, near),
      listings: viewListings(request.wording, stored.trial.countries),
      changes: viewChanges(request.wording, stored, changes, deps.config.defaultTimezone),
      source: viewSource(request.wording, stored, deps.config.defaultTimezone),
    },
    indexed: typed === '',
    cacheSeconds: 300,
    feed: `/trials/${stored.id}/feed.atom`,
  };
}
