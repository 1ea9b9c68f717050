import { nameList } from '../../core/wording/digest/reasons.ts';
import { listDatesOf } from '../../db/catalog/calendars.ts';
import { listFeedChanges, readFeedAuthority } from '../../db/catalog/feeds.ts';
import { listEntries } from '../../db/lists/entries.ts';
import { calendarPage } from '../feeds/calendar.ts';
import { exportReleased, withinLimits } from '../feeds/changes-export.ts';
import type { ExportForm } from '../feeds/export-forms.ts';
import { cutPage, feedEntriesAtMost, readBefore, writeFeed } from '../feeds/feed-document.ts';
import type { PageHandler, PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { findShownList } from './list-find.ts';

/** How long a feed may be cached, in seconds. */
const keptSeconds = 900;

/** `GET …/feed.atom`: the changes of everything on a list as one Atom feed. */
export async function showListFeed(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findShownList(request, deps);
  if ('answer' in found) return { notFound: true };
  const { list, path, isPublic } = found;
  const { wording, now } = request;
  const { db, config } = deps;
  const topics = (await listEntries(db, list.id)).flatMap((one) => one.topics);
  const before = readBefore(request);
  return {
    body: writeFeed(wording, config.baseUrl, {
      ...cutPage(await listFeedChanges(db, topics, before, feedEntriesAtMost + 1)),
      name: `list/${list.id}`,
      title: wording.say('feed.list', { name: nameList(wording, list) }),
      path: `${path}/feed.atom`,
      pagePath: path,
      since: list.createdAt,
      before,
      now,
      about: wording.say('feed.about'),
      registries: Object.keys(config.registries),
      authority: await readFeedAuthority(db, config.baseUrl),
      defaultLanguage: config.defaultLanguage,
      author: config.operator.name,
    }),
    type: 'application/atom+xml; charset=utf-8',
    cacheSeconds: keptSeconds,
    isPrivate: !isPublic,
    headers: { 'content-disposition': 'inline; filename="trialbell.atom"' },
  };
}

/** `GET …/changes.csv`, `…/changes.xlsx`, `…/changes.ndjson`: the changes of everything on a list as a file. */
export const exportList = (form: ExportForm): PageHandler =>
  withinLimits(async (request, deps, span) => {
    const found = await findShownList(request, deps);
    if ('answer' in found) return { notFound: true };
    const { list, isPublic } = found;
    const topics = (await listEntries(deps.db, list.id)).flatMap((one) => one.topics);
    const file = { form, language: request.language, name: 'list-changes' };
    const response = await exportReleased(deps, { topics, facets: null }, span, file);
    return { ...response, isPrivate: !isPublic };
  });

/** `GET …/calendar.ics`: the dates of the trials on a list as one calendar. */
export async function showListCalendar(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findShownList(request, deps);
  if ('answer' in found) return { notFound: true };
  const { list, isPublic } = found;
  const entries = await listEntries(deps.db, list.id);
  const named = entries.flatMap(({ kind, registry, registryId }) =>
    kind === 'trial' && registryId !== null ? [{ registry, id: registryId }] : [],
  );
  const trials = await listDatesOf(deps.db, named);
  return {
    ...calendarPage(request, deps, nameList(request.wording, list), trials),
    isPrivate: !isPublic,
  };
}
