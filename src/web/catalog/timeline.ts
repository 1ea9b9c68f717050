import type { Change } from '../../core/change.ts';
import { listDelta } from '../../core/diff/criteria.ts';
import { quoteRegistry, valueName } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { findTrialChange, listTrialChanges } from '../../db/catalog/trial-pages.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { shareChange } from './sharing/share-trial.ts';
import { viewHistory } from './timeline-history.ts';
import { type ChangeView, viewChanges } from './timeline-view.ts';
import { findTrial } from './trial/trial-find.ts';
import { viewSource } from './trial/trial-source.ts';
import { trialTitle } from './trial/trial-view.ts';

const changesAtOnce = 50;
const itemsShown = 100;

/** Every change of a trial, newest first, one page at a time; `before` is the change above the page (P9). */
export async function showTimeline(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findTrial(request, deps, '/changes');
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const { wording } = request;
  const timezone = deps.config.defaultTimezone;
  const before = parseId(field(request.query, 'before'));
  const rows = await listTrialChanges(deps.db, stored.trialId, { before, limit: changesAtOnce + 1 });
  const changes = viewChanges(wording, stored, rows.slice(0, changesAtOnce), timezone);
  const last = changes.at(-1);
  const isLast = rows.length <= changesAtOnce;
  return {
    page: 'timeline',
    title: wording.say('trial.timeline.title', { id: stored.id }),
    view: {
      id: stored.id,
      name: trialTitle(wording, stored.trial),
      since: wording.dayOf(stored.watchedSince, timezone),
      count: stored.changeCount,
      days: groupByReading(changes),
      canCompare: stored.version > 1,
      newestHref: before === null ? null : `/trials/${stored.id}/changes`,
      olderHref:
        rows.length > changesAtOnce && last ? `/trials/${stored.id}/changes?before=${last.id}` : null,
      history: isLast ? await viewHistory(wording, stored, deps) : null,
      source: viewSource(wording, stored, timezone),
    },
    indexed: before === null,
    cacheSeconds: 300,
    feed: `/trials/${stored.id}/feed.atom`,
    sharing: {
      address: `/trials/${stored.id}/changes`,
      description: wording.say('trial.timeline.what'),
      picture: `/trials/${stored.id}/preview.png`,
    },
  };
}

/** Changes that were read together: one day's, of one version. */
function groupByReading(changes: readonly ChangeView[]) {
  return [...Map.groupBy(changes, ({ day, version }) => `${day} ${version}`).values()].map((group) => ({
    day: group[0]?.day ?? '',
    changes: group,
    compareHref: group.find(({ compareHref }) => compareHref !== null)?.compareHref ?? null,
  }));
}

/** One change at its permanent URL. */
export async function showChange(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const asked = request.params.changeId ?? '';
  const found = await findTrial(request, deps, `/changes/${encodeURIComponent(asked)}`);
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const { wording } = request;
  const timezone = deps.config.defaultTimezone;
  const changeId = parseId(asked);
  const row = changeId === null ? null : await findTrialChange(deps.db, stored.trialId, changeId);
  const [change] = row ? viewChanges(wording, stored, [row], timezone) : [];
  if (!row || !change) return { notFound: true };
  return {
    page: 'timeline-change',
    title: wording.say('trial.change.title', { id: stored.id }),
    view: {
      id: stored.id,
      name: trialTitle(wording, stored.trial),
      change,
      items: listItems(wording, row.change),
      source: viewSource(wording, stored, timezone),
    },
    indexed: true,
    cacheSeconds: 300,
    sharing: shareChange(wording, stored.id, change),
  };
}

/** Items added to and removed from a list, in full; null if the change is not about a list of texts. */
function listItems(
  wording: Wording,
  { before, after, kind }: Change,
): { added: string[]; removed: string[] } | null {
  if (kind === 'phase' || (!Array.isArray(before) && !Array.isArray(after))) return null;
  const { added, removed } = listDelta(before, after);
  const texts = (items: typeof added) =>
    items.slice(0, itemsShown).flatMap((item) => {
      const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
      const value = isObject ? (item.text ?? null) : item;
      const text =
        typeof value === 'string' ? quoteRegistry(wording, value, 2_000) : valueName(wording, value);
      return text ? [text] : [];
    });
  return { added: texts(added), removed: texts(removed) };
}
