import { cleanText, findReasonFault, reasonAtMost } from '../../core/lists/shared-list.ts';
import { nameList } from '../../core/wording/digest/reasons.ts';
import { listOwnLists } from '../../db/lists/lists.ts';
import { addToList } from '../../use-cases/lists/own-lists.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { askForAddress, findSession, reportDone, signedIn } from '../manage/manage-session.ts';
import { describeSubscription } from '../shared/describe-subscription.ts';

import { pathOfOwn } from './own-list.ts';
import { understandList } from './understand-list.ts';

const longestWhat = 200;

/** `GET /manage/lists/add?trial=ID` or `?condition=TEXT`: puts the subject of a page on one of one's own lists. */
export async function showAddHere(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const subscriberId = await findSession(request, deps);
  if (subscriberId === null) return askForAddress(request);
  return addPage(request, deps, subscriberId, request.query, null);
}

async function addPage(
  { wording }: PageRequest,
  deps: WebDeps,
  subscriberId: number,
  sent: PageRequest['form'],
  error: ReturnType<typeof findReasonFault> | 'text-full',
): Promise<PageResponse> {
  const what = await readWhat(deps, sent);
  if (what === null) return { notFound: true };
  const { entry, kind, value } = what;
  const lists = await listOwnLists(deps.db, subscriberId);
  return {
    page: 'add-to-list',
    title: wording.say('lists.add.title'),
    status: error ? 422 : 200,
    view: {
      name: describeSubscription(wording, { ...entry.understood, title: entry.title }),
      kind,
      value,
      lists: lists.map((one) => ({ id: one.id, name: nameList(wording, one) })),
      reason: cleanText(field(sent, 'reason')),
      reasonAtMost,
      error: error && wording.say(`lists.error.${error}`, { most: reasonAtMost }),
    },
  };
}

/** `POST /manage/lists/add`: does so. */
export const addHere = signedIn(async (request, deps, subscriberId) => {
  const { form, now } = request;
  const id = parseId(field(form, 'list')) ?? 0;
  const reason = cleanText(field(form, 'reason'));
  const fault = findReasonFault(reason);
  if (fault) return addPage(request, deps, subscriberId, form, fault);
  const what = await readWhat(deps, form);
  if (what === null) return { notFound: true };
  const { understood } = what.entry;
  const added = await addToList(deps, subscriberId, id, [{ understood, reason }], now);
  if (added === null) return { notFound: true };
  if (added.tooMany) return addPage(request, deps, subscriberId, form, 'text-full');
  return { ...reportDone(added.added > 0 ? 'list-added' : 'list-known'), seeOther: pathOfOwn(id) };
});

/** The trial or condition that a request names; null if there is no such thing. */
async function readWhat(deps: WebDeps, sent: PageRequest['form']) {
  const kind = sent.trial ? ('trial' as const) : ('condition' as const);
  const value = cleanText(field(sent, kind)).slice(0, longestWhat);
  const { entries } = await understandList(deps, [{ line: 1, kind, value, reason: '' }]);
  const [entry] = entries;
  return entry ? { entry, kind, value } : null;
}
