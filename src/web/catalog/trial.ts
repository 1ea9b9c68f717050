import { normaliseText } from '../../core/text/text.ts';
import { listTrialChanges } from '../../db/catalog/trial-pages.ts';
import { type Answer, field, type Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { readKnownConditions } from '../shared/known-conditions.ts';
import { viewChanges } from './timeline-view.ts';
import { findTrial } from './trial-find.ts';
import { findNear } from './trial-near.ts';
import { viewSites } from './trial-sites.ts';
import { viewSource } from './trial-source.ts';
import { trialTitle, viewTrial } from './trial-view.ts';

const changesShown = 3;

/** A trial's page. The first visit of one that is not stored looks it up at the registry; else one or two statements. */
export async function showTrial(visit: Visit, parts: WebParts): Promise<Answer> {
  const found = await findTrial(visit, parts, '', { fetch: true });
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const typed = normaliseText(field(visit.query, 'near').slice(0, 200));
  const near = await findNear(parts.db, stored.trial.sites, typed);
  const changes =
    stored.changeCount > 0
      ? await listTrialChanges(parts.db, stored.trialId, { before: null, limit: changesShown })
      : [];
  return {
    page: 'trial',
    title: trialTitle(visit.wording, stored.trial),
    view: {
      trial: viewTrial(visit, parts, stored, await readKnownConditions(parts.db)),
      sites: viewSites(visit.wording, stored.trial.sites, near),
      changes: viewChanges(visit.wording, stored, changes, parts.config.defaultTimezone),
      source: viewSource(visit.wording, stored, parts.config.defaultTimezone),
    },
    indexed: typed === '',
    cacheSeconds: 300,
    feed: `/trials/${stored.id}/feed.atom`,
  };
}
