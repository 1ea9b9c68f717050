import type { PageRequest, PageResponse } from '../http/page-response.ts';

/** Why a personal link does not work. */
export type LinkTrouble = 'cut-off' | 'used' | 'used-change' | 'gone';

/** The page for a truncated, used or expired link: what may have happened, and what to do. */
export function explainLink({ wording }: PageRequest, trouble: LinkTrouble): PageResponse {
  return {
    page: 'manage-trouble',
    title: wording.say('link.title'),
    view: { trouble },
    status: trouble === 'cut-off' ? 404 : 410,
  };
}
