import type { Wording } from '../../core/wording/wording.ts';
import { type CountedList, findListById, listAllLists } from '../../db/lists/lists.ts';
import { listReports, type ShownReport } from '../../db/lists/reports.ts';
import { removeList } from '../../use-cases/admin/remove-list.ts';
import { stopReport } from '../../use-cases/admin/stop-report.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { pathOfList } from '../lists/list-find.ts';
import { holdsLine } from '../shared/list-words.ts';
import { adminAct, adminPage, readReason, tellAdmin } from './guard.ts';

const path = '/admin/lists';
const listsAtOnce = 50;
/** Reports are forgotten after 30 days, so these are nearly always all. */
const reportsShown = 50;

/**
 * The lists that readers share, newest first, one page at a time (P9), and the reports that their owners send, with what
 * they say in them. What is on a private list is not shown.
 */
export const showLists = adminPage(async ({ wording, query }, { db, config }) => {
  const before = parseId(field(query, 'before'));
  const found = await listAllLists(db, { before, limit: listsAtOnce + 1 });
  const shown = found.slice(0, listsAtOnce);
  const reports = before === null ? await listReports(db, reportsShown) : [];
  const zone = config.defaultTimezone;
  return {
    page: 'admin-lists',
    title: wording.say('admin.lists.title'),
    view: {
      lists: shown.map((one) => viewList(wording, one, zone)),
      reports: before === null ? reports.map((one) => viewReport(wording, one, zone)) : null,
      newestPath: before === null ? null : path,
      olderPath: found.length > listsAtOnce ? `${path}?before=${shown.at(-1)?.id}` : null,
    },
  };
});

function viewList(wording: Wording, one: CountedList, zone: string) {
  const { id, slug, name, organization, createdAt, followers, ownerId } = one;
  return {
    id,
    name,
    organization,
    href: slug === null ? null : pathOfList(slug),
    holds: holdsLine(wording, one),
    followers: wording.say('admin.lists.followers', { count: followers }),
    since: wording.say('admin.lists.since', { when: wording.dayOf(createdAt, zone) }),
    ownerPath: ownerId === null ? null : `/admin/subscribers/${ownerId}`,
    removePath: `${path}/${id}/remove`,
  };
}

function viewReport(wording: Wording, one: ShownReport, zone: string) {
  const { id, list, organization, introduction, contact, cancelledAt, promisedAt, waiting } = one;
  const isOver = cancelledAt !== null || (promisedAt !== null && waiting === 0);
  return {
    id,
    list,
    organization,
    state: sayState(wording, one, zone),
    said: [...introduction.split('\n'), contact].filter((line) => line !== ''),
    stopPath: isOver ? null : `${path}/reports/${id}/stop`,
  };
}

function sayState(
  { say, moment }: Wording,
  { orderedAt, dueAt, isBegun, promisedAt, cancelledAt, cancelledBy, mails, waiting }: ShownReport,
  zone: string,
): string {
  const counts = { count: mails, waiting };
  if (cancelledAt !== null)
    return say(`admin.lists.report.${cancelledBy ?? 'owner'}`, {
      when: moment(cancelledAt, zone),
      ...counts,
    });
  if (promisedAt !== null)
    return say('admin.lists.report.planned', { when: moment(promisedAt, zone), ...counts });
  if (isBegun) return say('admin.lists.report.begun', counts);
  return say('admin.lists.report.ordered', { when: moment(orderedAt, zone), due: moment(dueAt, zone) });
}

/** What can be ended here: how its page speaks of it, and how it is found. */
const endings = {
  list: {
    find: async ({ db }: WebDeps, id: number) => (await findListById(db, id))?.name ?? null,
    end: removeList,
  },
  report: {
    find: async ({ db }: WebDeps, id: number) =>
      (await listReports(db, reportsShown)).find((one) => one.id === id)?.list ?? null,
    end: stopReport,
  },
};

/** Asks for the reason, and says what will happen. */
async function askEnding(
  { wording, params, path: here, form }: PageRequest,
  deps: WebDeps,
  what: keyof typeof endings,
  isWrong = false,
): Promise<PageResponse> {
  const name = await endings[what].find(deps, parseId(params.id ?? '') ?? 0);
  if (name === null) return { notFound: true };
  return {
    page: 'admin-list-end',
    title: wording.say(`admin.lists.${what}.end.title`),
    view: { action: here, what, name, error: isWrong, reason: isWrong ? field(form, 'reason') : '' },
    status: isWrong ? 422 : 200,
  };
}

/** Ends it, with an entry in the audit log. */
const endIt = (what: keyof typeof endings, act: string) =>
  adminAct(act, async (request, deps, _admin, log) => {
    const { wording, params, now } = request;
    const reason = readReason(request);
    if (reason === null) return askEnding(request, deps, what, true);
    const isEnded = await endings[what].end(deps, log, parseId(params.id ?? '') ?? 0, reason, now);
    const key = `admin.lists.${what}.${isEnded ? 'ended' : 'gone'}`;
    return tellAdmin(wording.say(`${key}.title`), [wording.say(key)], {
      status: isEnded ? 200 : 409,
      next: { href: path, text: wording.say('admin.lists.title') },
    });
  });

/** `GET /admin/lists/{id}/remove`: before a list is removed. */
export const showRemoveList = adminPage((request, deps) => askEnding(request, deps, 'list'));

/** `POST /admin/lists/{id}/remove`. */
export const handleRemoveList = endIt('list', 'remove-list');

/** `GET /admin/lists/reports/{id}/stop`: before a report is stopped. */
export const showStopReport = adminPage((request, deps) => askEnding(request, deps, 'report'));

/** `POST /admin/lists/reports/{id}/stop`. */
export const handleStopReport = endIt('report', 'stop-report');
