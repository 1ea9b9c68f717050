import { readSettings } from '../../db/admin/subscriber-settings.ts';
import { changeOwnState, type OwnAct } from '../../use-cases/subscriptions/change-own.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readPauseDate } from './manage-dates.ts';
import { askForAddress, findSession, reportChanged, signedIn, takeDone } from './manage-session.ts';
import { describeFollowed } from './manage-view.ts';

/** All subscriptions of the signed-in person. Everybody else is asked for their address. */
export async function showManage(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const id = await findSession(request, deps);
  return id === null ? askForAddress(request) : showOverview(request, deps, id);
}

/** The overview; `error` is the code of an invalid pause date. */
async function showOverview(
  request: PageRequest,
  deps: WebDeps,
  subscriberId: number,
  error: string | null = null,
): Promise<PageResponse> {
  const { wording, now } = request;
  const person = await readSettings(deps.db, subscriberId);
  if (!person) return askForAddress(request, { status: 401 });
  const all = await describeFollowed(deps, wording, person, now);
  const living = all.filter(({ state }) => state !== 'ended');
  const lists = [...Map.groupBy(living, ({ listName }) => listName)].sort(([a], [b]) => (a < b ? -1 : 1));
  const { done, cookies } = takeDone(request);
  return {
    page: 'manage',
    title: wording.say('manage.title'),
    status: error ? 422 : 200,
    cookies,
    view: {
      address: deps.keys.decrypt(person.address),
      lists: lists.map(([name, items]) => ({ name, items })),
      ended: all.filter(({ state }) => state === 'ended'),
      isAnyActive: living.some(({ state }) => state === 'active'),
      isAnyPaused: living.some(({ state }) => state === 'paused'),
      isEmpty: living.length === 0,
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
