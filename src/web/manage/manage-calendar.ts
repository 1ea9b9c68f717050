import { listFollowedDates } from '../../db/catalog/calendars.ts';
import { findFeedOwner } from '../../db/subscribers/reports.ts';
import { calendarPage } from '../feeds/calendar.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readDerivedLink } from './derived-link.ts';

const ending = '.ics';

/** A private calendar of the trials that a person follows by number. It shares its generation with the private feed. */
export async function showPrivateCalendar(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const name = request.params.token ?? '';
  const link = name.endsWith(ending)
    ? await readDerivedLink(deps, 'calendar', name.slice(0, -ending.length))
    : null;
  const owner = link && (await findFeedOwner(deps.db, link));
  if (!owner) return { notFound: true };
  const trials = await listFollowedDates(deps.db, owner.id);
  return { ...calendarPage(request, deps, request.wording.say('calendar.own'), trials), isPrivate: true };
}
