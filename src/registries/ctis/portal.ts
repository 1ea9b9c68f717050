import { z } from 'zod';
import { RegistryUnavailable } from '../../errors.ts';
import type { Http, HttpAnswer } from '../http.ts';

/** The most that anybody has seen the portal deliver in one page. */
export const pageSize = 100;

const attemptsAtMost = 3;

/** What of a search can be relied on: sorting by other properties, and filters by dates, are ignored. */
export type PortalSearch = {
  page: number;
  order: 'ASC' | 'DESC';
  criteria: { number?: string; eudraCtCode?: string; medicalCondition?: string; status?: number[] };
};

const SearchAnswer = z.object({
  pagination: z.object({ totalRecords: z.int().min(0), currentPage: z.int() }),
  data: z.array(z.unknown()),
});

/** A page of rows, and how many the whole search has. */
export type SearchPage = { rows: unknown[]; total: number };

/** The requests that the portal's own pages make. */
export type Portal = {
  search(search: PortalSearch): Promise<SearchPage>;
  /** The record of a complete EU number; null if the answer is empty, which is also how faults look. */
  retrieve(id: string): Promise<unknown>;
};

/**
 * The portal behind a client. Throws RegistryUnavailable for everything but the JSON that was asked for: the
 * portal answers with status 200 and a web page, an empty object or no rows when something is wrong.
 */
export function openPortal(name: string, baseUrl: string, http: Http): Portal {
  const base = baseUrl.replace(/\/+$/, '');
  const unexpected = (answer: HttpAnswer, what: string, cause?: unknown) =>
    new RegistryUnavailable(
      `${name} answered with ${what}, status ${answer.status}. Nothing was taken from it; the next round asks again. If it goes on, see https://euclinicaltrials.eu in a browser, or check CTIS_URL.`,
      { cause },
    );

  function toJson(answer: HttpAnswer): unknown {
    const type = answer.headers.get('content-type') ?? '';
    if (answer.status !== 200) throw unexpected(answer, 'an error');
    if (!/^application\/json\b/i.test(type))
      throw unexpected(
        answer,
        /html/i.test(type) ? 'a web page' : `${type || 'something'} where JSON is expected`,
      );
    try {
      return JSON.parse(answer.text);
    } catch (cause) {
      throw unexpected(answer, 'broken or cut-off JSON', cause);
    }
  }

  /** Asks again for an answer that is cut off or no JSON: hiccups of a proxy pass. */
  async function ask(request: () => Promise<HttpAnswer>): Promise<{ answer: HttpAnswer; content: unknown }> {
    for (let attempt = 1; ; attempt++) {
      const answer = await request();
      try {
        return { answer, content: toJson(answer) };
      } catch (error) {
        if (attempt === attemptsAtMost) throw error;
      }
    }
  }

  return {
    async search({ page, order, criteria }) {
      // Without criteria, or from page 0, the portal says that it has no trial at all.
      const { answer, content } = await ask(() =>
        http.post(`${base}/search`, {
          pagination: { page, size: pageSize },
          sort: { property: 'decisionDate', direction: order },
          searchCriteria: criteria,
        }),
      );
      const found = SearchAnswer.safeParse(content);
      if (!found.success) throw unexpected(answer, 'a list without rows');
      const { pagination, data } = found.data;
      if (data.length > 0 && pagination.currentPage !== page)
        throw unexpected(answer, `page ${pagination.currentPage} where ${page} was asked for`);
      return { rows: data, total: pagination.totalRecords };
    },

    async retrieve(id) {
      const { answer, content: raw } = await ask(() => http.get(`${base}/retrieve/${id}`));
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
        throw unexpected(answer, 'something that is no record');
      if (Object.keys(raw).length === 0) return null;
      const { ctNumber } = raw as { ctNumber?: unknown };
      if (ctNumber !== id) throw unexpected(answer, 'another record than the one asked for');
      return raw;
    },
  };
}
