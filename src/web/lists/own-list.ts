import { findReasonFault, followersToShow, nameAtMost, reasonAtMost } from '../../core/lists/shared-list.ts';
import { nameList } from '../../core/wording/digest/reasons.ts';
import { quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { type ListEntry, listEntries } from '../../db/lists/entries.ts';
import { type CountedList, listOwnLists } from '../../db/lists/lists.ts';
import { markReasons } from '../../use-cases/lists/own-lists.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { askForAddress, findSession, takeDone } from '../manage/manage-session.ts';
import { describeSubscription } from '../shared/describe-subscription.ts';
import { holdsLine } from '../shared/list-words.ts';
import { pathOfList, pathOfPrivate } from './list-find.ts';
import { pastedLinesAtMost } from './read-list-text.ts';
import { lastReportView } from './report/last-report.ts';

/** The path of the page where an owner changes a list. */
export function pathOfOwn(id: number): string {
  return `/manage/lists/${id}`;
}

/** How many follow a list, as its owner may know it. */
export function followersLine(wording: Wording, { followers }: CountedList): string {
  const count = followersToShow(followers);
  return count === null ? wording.say('lists.followers.few') : wording.say('lists.followers', { count });
}

/** What an owner's page of a list shows beside the list: the link of a private one, what was typed, what is wrong. */
export type OwnShown = {
  token?: string;
  typed?: string;
  error?: string;
  name?: string;
  organization?: string;
  reasons?: ReadonlyMap<number, string>;
};

/** `GET /manage/lists/{id}`: what is on an own list, with all that its owner can do. */
export async function showOwnList(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const subscriberId = await findSession(request, deps);
  if (subscriberId === null) return askForAddress(request, { status: 401 });
  return showOwn(request, deps, subscriberId, parseId(request.params.id ?? '') ?? 0);
}

/** The page of an own list; there is none for anybody else. */
export async function showOwn(
  request: PageRequest,
  deps: WebDeps,
  subscriberId: number,
  id: number,
  shown: OwnShown = {},
): Promise<PageResponse> {
  const { wording } = request;
  const [list] = await listOwnLists(deps.db, subscriberId, id);
  if (!list) return { notFound: true };
  const entries = await listEntries(deps.db, id);
  const base = deps.config.baseUrl.replace(/\/+$/, '');
  const { done, cookies } = takeDone(request);
  const report = await lastReportView(deps, wording, id);
  const path = list.slug === null ? (shown.token ? pathOfPrivate(shown.token) : null) : pathOfList(list.slug);
  return {
    page: 'own-list',
    title: nameList(wording, list),
    status: shown.error ? 422 : 200,
    cookies,
    view: {
      action: pathOfOwn(id),
      facts: [holdsLine(wording, list), followersLine(wording, list)],
      isPublic: list.slug !== null,
      isNewLink: shown.token !== undefined,
      href: path,
      address: path && base + path,
      entries: entries.map((one: ListEntry) => ({
        id: one.id,
        name: describeSubscription(wording, one),
        reason: shown.reasons?.get(one.id) ?? one.reason,
        isWrong: findReasonFault(shown.reasons?.get(one.id) ?? '') !== null,
        // What another page has written meanwhile.
        now: isOlder(one, shown) ? quoteText(one.reason) : null,
      })),
      seen: markReasons(entries),
      files: ['csv', 'json', 'opml'].map((kind) => ({
        kind: kind.toUpperCase(),
        href: `${pathOfOwn(id)}/list.${kind}`,
      })),
      name: shown.name ?? list.name,
      organization: shown.organization ?? list.organization,
      typed: shown.typed ?? '',
      error: shown.error
        ? wording.say(`lists.error.${shown.error}`, { most: nameAtMost, lines: pastedLinesAtMost })
        : null,
      isTextWrong: shown.typed !== undefined,
      isNameWrong: shown.name !== undefined,
      nameAtMost,
      reasonAtMost,
      linesAtMost: pastedLinesAtMost,
      done,
      report,
      shortName: quoteText(list.name, 60),
    },
  };
}

/** Whether a form that was opened before others wrote reasons holds another one than stands there now. */
function isOlder({ id, reason }: ListEntry, { error, reasons }: OwnShown): boolean {
  const typed = reasons?.get(id);
  return error === 'changed' && typed !== undefined && typed !== reason;
}
