import { addMs, dayMs } from '../../core/instants.ts';
import { undoDays } from '../../core/subscriptions/lifetimes.ts';
import { type OwnOrder, ownOrders } from '../../core/subscriptions/own-list.ts';
import { normaliseText } from '../../core/text/text.ts';
import { readSettings } from '../../db/admin/subscriber-settings.ts';
import { readCappedUntil } from '../../db/digests/weekly-caps.ts';
import { listFollowedLists } from '../../db/lists/list-follows.ts';
import { listFollowed } from '../../db/subscribers/followed.ts';
import { changeOwnState, type OwnAct } from '../../use-cases/subscriptions/change-own.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { describeSubscription } from '../shared/describe-subscription.ts';
import { readPauseDate } from './manage-dates.ts';
import { manyActs } from './manage-many.ts';
import { groupRows, listRowsOf, newDays, rowsOf, undoUntil } from './manage-rows.ts';
import { askForAddress, findSession, reportChanged, signedIn, takeDone } from './manage-session.ts';
import { laterOf } from './manage-view.ts';

const longestSearch = 200;
/** Up to so many subscriptions, what can be done with all of them is not folded. */
const fewRows = 5;

/** All subscriptions of the signed-in person. Everybody else is asked for their address. */
export async function showManage(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const id = await findSession(request, deps);
  return id === null ? askForAddress(request) : showOverview(request, deps, id);
}

/** The overview; `error` is the code of an invalid pause date, or of an act without a choice. */
async function showOverview(
  request: PageRequest,
  deps: WebDeps,
  subscriberId: number,
  error: string | null = null,
): Promise<PageResponse> {
  const { wording, now, query } = request;
  const person = await readSettings(deps.db, subscriberId);
  if (!person) return askForAddress(request, { status: 401 });
  const followed = await listFollowed(deps.db, subscriberId, addMs(now, -undoDays * dayMs));
  const living = followed.filter(({ state }) => state !== 'ended');
  const ended = followed.filter(({ state }) => state === 'ended');
  const alone = living.filter(({ listFollowId }) => listFollowId === null);
  const rows = await rowsOf(deps, wording, alone, person, now);
  const lists = listRowsOf(wording, await listFollowedLists(deps.db, subscriberId), living);
  const typed = normaliseText(field(query, 'q').slice(0, longestSearch));
  const order: OwnOrder = ownOrders.find((one) => one === field(query, 'sort')) ?? 'changed';
  const { done, cookies } = takeDone(request);
  const next = living.flatMap(({ state, nextDueAt }) => (state === 'active' && nextDueAt ? nextDueAt : []));
  const capped = next.length > 0 ? await readCappedUntil(deps.db, person, now) : null;
  const lastEnd = ended
    .map(({ endedAt }) => endedAt ?? '')
    .toSorted()
    .at(-1);
  return {
    page: 'manage',
    title: wording.say('manage.title'),
    status: error ? 422 : 200,
    cookies,
    view: {
      address: deps.keys.decrypt(person.address),
      trials: living.filter(({ kind }) => kind === 'trial').length,
      conditions: living.filter(({ kind }) => kind === 'condition').length,
      next:
        next.length > 0 ? wording.moment(laterOf(next.toSorted()[0] ?? '', capped), person.timezone) : null,
      groups: groupRows(wording, rows, { typed, order }),
      lists: typed === '' ? lists : [],
      typed,
      order,
      orders: ownOrders,
      acts: manyActs,
      newDays,
      ended: ended
        .toSorted((a, b) => (b.endedAt ?? '').localeCompare(a.endedAt ?? '') || a.id - b.id)
        .map((one) => ({
          id: one.id,
          name: describeSubscription(wording, one),
          fact: wording.say('manage.fact.ended', {
            date: wording.dayOf(one.endedAt ?? now, person.timezone),
            until: undoUntil(wording, one.endedAt ?? now, person.timezone),
          }),
        })),
      /** Those that the last stop ended, for undoing it whole. */
      lastEnded: ended.flatMap(({ id, endedAt }) => (endedAt === lastEnd ? id : [])).join(' '),
      isAnyActive: living.some(({ state }) => state === 'active'),
      isAnyPaused: living.some(({ state }) => state === 'paused'),
      isEmpty: living.length + lists.length === 0,
      isShort: living.length <= fewRows,
      done,
      error,
      until: field(request.form, 'until'),
      today: now.slice(0, 10),
    },
  };
}

/** Pauses, resumes or stops everything. */
export const changeAll = signedIn(async (request, deps, subscriberId) => {
  const { form, now } = request;
  const act = field(form, 'act');
  const person = await readSettings(deps.db, subscriberId);
  const pause = readPauseDate(field(form, 'until'), person?.timezone ?? 'UTC', now);
  if (act === 'pause' && 'error' in pause) return showOverview(request, deps, subscriberId, pause.error);
  let own: OwnAct;
  if (act === 'pause' && 'until' in pause) own = { kind: act, until: pause.until };
  else if (act === 'resume' || act === 'stop') own = { kind: act };
  else return { seeOther: '/manage' };
  return reportChanged(own, await changeOwnState(deps, subscriberId, 'all', own, now));
});
