import { findDatedTrial } from '../../db/catalog/calendars.ts';
import { speakIn } from '../../languages.ts';
import { findTrial } from '../catalog/trial/trial-find.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { calendarType, writeCalendar } from './calendar-document.ts';

/** How long a calendar may be cached, in seconds. */
const keptSeconds = 3_600;

/** The dates of one trial as a calendar. */
export async function showTrialCalendar(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findTrial(request, deps, '/calendar.ics');
  if ('answer' in found) return 'seeOther' in found.answer ? found.answer : { notFound: true };
  const { registry, id } = found.stored;
  const dated = await findDatedTrial(deps.db, registry, id);
  if (dated === null) return { notFound: true };
  return calendarPage(request, deps, request.wording.say('calendar.trial', { id }), [dated]);
}

/** A calendar as a response. */
export function calendarPage(
  { wording }: PageRequest,
  { config }: WebDeps,
  name: string,
  trials: Parameters<typeof writeCalendar>[2],
): PageResponse {
  const base = config.baseUrl.replace(/\/+$/, '');
  const addressOf = (path: string) => speakIn(base + path, wording.language, config.defaultLanguage);
  return {
    body: writeCalendar(wording, name, trials, addressOf),
    type: calendarType,
    cacheSeconds: keptSeconds,
    headers: { 'content-disposition': 'inline; filename="trialbell.ics"' },
  };
}
