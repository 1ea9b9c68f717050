import { nameList } from '../../core/wording/digest/reasons.ts';
import { listFollowedLists } from '../../db/lists/list-follows.ts';
import { type Followed, listFollowed } from '../../db/subscribers/followed.ts';
import { chooseReports, stopList } from '../../use-cases/lists/follow-list.ts';
import { field } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import { manyActs } from '../manage/manage-many.ts';
import { reportDone, signedIn } from '../manage/manage-session.ts';
import { consentWording } from '../shared/consent.ts';
import { describeSubscription } from '../shared/describe-subscription.ts';
import { pathOfList } from './list-find.ts';

/** `GET /manage/followed/{id}`: a list that a person follows, with what it brought and what can be done with all of it. */
export const showFollowedList = signedIn(async ({ params, wording }, { db, config }, subscriberId) => {
  const id = parseId(params.id ?? '');
  const list = (await listFollowedLists(db, subscriberId)).find((one) => one.id === id);
  if (!list) return { notFound: true };
  const { health, age, list: sentence } = consentWording(wording, config.minAge, true);
  const brought = (await listFollowed(db, subscriberId)).filter((one) => one.listFollowId === list.id);
  return {
    page: 'followed-list',
    title: nameList(wording, list),
    view: {
      action: `/manage/followed/${list.id}`,
      href: list.slug === null ? null : pathOfList(list.slug),
      // What they would agree to; null if they get its reports.
      consent: list.wantsReports ? null : [health, age, sentence],
      names: brought.map((one) => ({
        href: `/manage/subscriptions/${one.id}`,
        name: describeSubscription(wording, one),
      })),
      ids: brought.map((one) => one.id).join(' '),
      acts: manyActs.filter((act) => isOffered(act, brought)),
    },
  };
});

/** To pause and to resume are offered where something is not paused, and where something is. */
function isOffered(act: (typeof manyActs)[number], brought: readonly Followed[]): boolean {
  if (act === 'pause') return brought.some(({ state }) => state !== 'paused');
  if (act === 'resume') return brought.some(({ state }) => state === 'paused');
  return act === 'often' || act === 'told';
}

/**
 * `POST /manage/followed/{id}`: stops the list and everything that it brought, or only the reports of its owner; or
 * agrees to those.
 */
export const changeFollowedList = signedIn(async ({ params, form, now, wording }, deps, subscriberId) => {
  const id = parseId(params.id ?? '') ?? 0;
  const act = field(form, 'act');
  if (act === 'stop')
    return reportDone((await stopList(deps, subscriberId, id, now)) ? 'stopped' : 'nothing');
  if (act !== 'reports' && act !== 'no-reports') return reportDone('nothing');
  const consent = act === 'reports' ? consentWording(wording, deps.config.minAge, true) : null;
  const isDone = await chooseReports(deps, subscriberId, id, consent, now);
  return reportDone(isDone ? 'saved' : 'nothing');
});
