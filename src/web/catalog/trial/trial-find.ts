import { registryName } from '../../../core/registries.ts';
import type { TrialName } from '../../../core/subscriptions/typed-text.ts';
import { quoteText } from '../../../core/wording/values.ts';
import { findTrialPage, type TrialPage } from '../../../db/catalog/trial-pages.ts';
import { TrialbellError } from '../../../errors.ts';
import { findNaming } from '../../../use-cases/subscriptions/find-trials.ts';
import { olderIdsOf } from '../../../use-cases/subscriptions/older-numbers.ts';
import type { PageRequest, PageResponse } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { findTrialNamed } from '../../shared/lookups.ts';

/** A stored trial, or the response instead: a redirect to its current number, or a page that says what is missing. */
export type FoundTrial = { stored: TrialPage } | { answer: PageResponse };

/**
 * Finds the trial that a path names, in any case. An obsolete number redirects to the current one; `rest` is the path
 * after the number. With `fetch`, a trial that is not stored is fetched from the registry.
 */
export async function findTrial(
  request: PageRequest,
  deps: WebDeps,
  rest: string,
  { fetch = false, moved = 301 } = {},
): Promise<FoundTrial> {
  const asked = request.params.id ?? '';
  const named = await findTrialNamed(deps, asked);
  if (!named) return { answer: sayMissing(request, 'no-number', asked, 404) };
  const { registry, id } = named;
  let stored = await findTrialPage(deps.db, registry, id);
  if (!stored && fetch) {
    try {
      if (!deps.lookUps.take(deps.asker, Date.parse(request.now)))
        return { answer: sayMissing(request, 'away', id, 503, recordOf(deps, named)) };
      if (!(await deps.actions.fetchTrial(registry, id))) {
        const elsewhere = (await findNaming(deps.db, registry, [id])).get(id);
        return elsewhere
          ? { answer: { seeOther: `/trials/${encodeURIComponent(elsewhere.id)}${rest}` } }
          : { answer: sayMissing(request, 'unknown', id, 404, recordOf(deps, named)) };
      }
      stored = await findTrialPage(deps.db, registry, id);
    } catch (error) {
      if (!(error instanceof TrialbellError)) throw error;
      return { answer: sayMissing(request, 'away', id, 503, recordOf(deps, named)) };
    }
    if (!stored) return { answer: sayMissing(request, 'unreadable', id, 503, recordOf(deps, named)) };
  }
  if (!stored) return { answer: sayMissing(request, 'unknown', id, 404) };
  if (stored.id === asked) return { stored };
  const query = new URLSearchParams(
    Object.entries(request.query).flatMap(([name, values]) => values.map((value) => [name, value])),
  ).toString();
  return {
    answer: { seeOther: `/trials/${stored.id}${rest}${query ? `?${query}` : ''}`, status: moved },
  };
}

/** The official page of a trial, and the registry's name; null for an older number, which has no page there. */
function recordOf({ actions }: WebDeps, { registry, id }: TrialName) {
  if (olderIdsOf(registry, id).length > 0) return null;
  return { url: actions.recordUrl(registry, id), registry: registryName(registry) };
}

function sayMissing(
  { wording }: PageRequest,
  reason: 'no-number' | 'unknown' | 'away' | 'unreadable',
  asked: string,
  status: number,
  record: { url: string; registry: string } | null = null,
): PageResponse {
  const title = wording.say(`trial.missing.${reason}`, { id: quoteText(asked, 40) });
  return { page: 'trial-missing', title, view: { reason, record }, status };
}
