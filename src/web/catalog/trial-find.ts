import { quoteText } from '../../core/wording/values.ts';
import { findTrialPage, type TrialPage } from '../../db/catalog/trial-pages.ts';
import { TrialbellError } from '../../errors.ts';
import type { Answer, Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';

/** A stored trial, or what is answered instead: the way to its current address, or that there is none. */
export type FoundTrial = { stored: TrialPage } | { answer: Answer };

/**
 * The trial an address names, whatever its case; `rest` is what follows the id there. An obsolete id leads to the current
 * one. With `fetch`, one that is not stored is looked up at the registry once.
 */
export async function findTrial(
  visit: Visit,
  parts: WebParts,
  rest: string,
  { fetch = false, moved = 301 } = {},
): Promise<FoundTrial> {
  const asked = visit.params.id ?? '';
  const named = parts.acts.findTrialId(asked);
  if (!named) return { answer: sayMissing(visit, 'no-number', asked, 404) };
  const { registry, id } = named;
  let stored = await findTrialPage(parts.db, registry, id);
  if (!stored && fetch) {
    try {
      if (!(await parts.acts.fetchTrial(registry, id)))
        return { answer: sayMissing(visit, 'unknown', id, 404, parts.acts.recordUrl(registry, id)) };
      stored = await findTrialPage(parts.db, registry, id);
    } catch (error) {
      if (!(error instanceof TrialbellError)) throw error;
      return { answer: sayMissing(visit, 'away', id, 503, parts.acts.recordUrl(registry, id)) };
    }
    if (!stored)
      return { answer: sayMissing(visit, 'unreadable', id, 503, parts.acts.recordUrl(registry, id)) };
  }
  if (!stored) return { answer: sayMissing(visit, 'unknown', id, 404) };
  if (stored.id === asked) return { stored };
  const query = new URLSearchParams(
    Object.entries(visit.query).flatMap(([name, values]) => values.map((value) => [name, value])),
  ).toString();
  return {
    answer: { seeOther: `/trials/${stored.id}${rest}${query ? `?${query}` : ''}`, status: moved },
  };
}

function sayMissing(
  { wording }: Visit,
  reason: 'no-number' | 'unknown' | 'away' | 'unreadable',
  asked: string,
  status: number,
  recordUrl: string | null = null,
): Answer {
  const title = wording.say(`trial.missing.${reason}`, { id: quoteText(asked, 40) });
  return { page: 'trial-missing', title, view: { reason, recordUrl }, status };
}
