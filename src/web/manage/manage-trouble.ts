import type { PageRequest, PageResponse } from '../http/page-response.ts';

/** Why a personal link does not lead on. */
export type LinkTrouble = 'cut-off' | 'used' | 'used-change' | 'gone';

/** A page for a link that is cut off, used or too old: what may have happened, and how to go on. */
export function explainLink({ wording }: PageRequest, trouble: LinkTrouble): PageResponse {
  return {
    page: 'manage-trouble',
    title: wording.say('link.title'),
    view: { trouble },
    status: trouble === 'cut-off' ? 404 : 410,
  };
}
