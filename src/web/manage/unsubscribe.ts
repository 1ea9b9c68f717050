import { addMs, dayMs } from '../../core/instants.ts';
import { undoDays } from '../../core/subscriptions/lifetimes.ts';
import { findByLink, listFollowed } from '../../db/subscribers/followed.ts';
import { actByLink, type LinkAct, undoByToken } from '../../use-cases/subscriptions/unsubscribe.ts';
import { type Form, field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { type DerivedLink, readDerivedLink } from './derived-link.ts';
import { explainLink } from './manage-trouble.ts';

/** The pauses that this page offers, in days. */
const pauseDays = [7, 30, 90] as const;
/** Above this number, the subscriptions are folded. */
const shownAtOnce = 5;

/**
 * The page that offers fewer mails first, then none; with `only`, for one subscription. Changes nothing (E4).
 */
export async function showUnsubscribe(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const link = await readDerivedLink(deps, 'unsubscribe', request.params.token ?? '');
  return link ? showChoices(request, deps, link, null) : explainLink(request, 'cut-off');
}

async function showChoices(
  request: PageRequest,
  deps: WebDeps,
  link: DerivedLink,
  error: 'none-ticked' | null,
): Promise<PageResponse> {
  const { wording, form } = request;
  const person = await findByLink(deps.db, link);
  const all = person ? await listFollowed(deps.db, person.id) : [];
  const only = all.filter(({ id }) => String(id) === request.params.only);
  const followed = only.length > 0 ? only : all;
  const ticked = chosenIds(form);
  return {
    page: 'unsubscribe',
    title: wording.say(only.length > 0 ? 'digest.less' : 'unsubscribe.title'),
    status: error ? 422 : 200,
    view: {
      action: `/unsubscribe/${encodeURIComponent(request.params.token ?? '')}`,
      isOne: only.length > 0,
      error,
      isFolded: followed.length > shownAtOnce,
      pauseDays,
      followed: followed.map(({ id, words, title, state }) => ({
        id,
        name:
          title === null
            ? words
            : wording.say('manage.trial', { id: words, title: wording.registryText(title) }),
        isPaused: state === 'paused',
        isTicked: error === null || ticked.includes(id),
      })),
    },
  };
}

/** Applies the choice at once. Without one, as in the one-click POST of RFC 8058, stops everything (E3). */
export async function unsubscribe(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const token = request.params.token ?? '';
  const link = await readDerivedLink(deps, 'unsubscribe', token);
  if (!link) return explainLink(request, 'cut-off');
  const { form, now, wording } = request;
  const act = field(form, 'act');
  const ids = chosenIds(form);
  if ((act === 'pause' || act === 'weekly' || act === 'stop') && ids.length === 0)
    return showChoices(request, deps, link, 'none-ticked');
  const wanted = Number(field(form, 'days'));
  const days = pauseDays.find((one) => one === wanted) ?? 30;
  const until = addMs(now, days * dayMs);
  const kind = act === 'pause' || act === 'weekly' || act === 'stop' ? act : 'all';
  const linkAct: LinkAct =
    kind === 'pause' ? { kind, until } : kind === 'weekly' ? { kind } : { kind: 'stop' };
  const done = await actByLink(deps, link, kind === 'all' ? 'all' : ids, linkAct, now);
  const values = { count: done?.count ?? 0, date: wording.date(until.slice(0, 10)) };
  // Do not report success if nothing changed (L4): the person may be gone, have another address, or have stopped before.
  const outcome = values.count === 0 ? 'nothing' : kind;
  return {
    page: 'unsubscribe-done',
    title: wording.say(`unsubscribe.done.${outcome}`, values),
    view: { kind: outcome, ...values, undo: done?.undo ?? null, undoDays, action: request.path },
  };
}

/** Undoes a stop with the token from the page that reported it. Each token works once. */
export async function undoUnsubscribe(
  { form, now, wording }: PageRequest,
  deps: WebDeps,
): Promise<PageResponse> {
  const count = await undoByToken(deps, field(form, 'undo'), now);
  return {
    page: 'unsubscribe-undone',
    title: wording.say('unsubscribe.undone.title', { count }),
    view: { count },
    status: count > 0 ? 200 : 410,
  };
}

function chosenIds(form: Form): number[] {
  return (form.subscription ?? []).filter((id) => /^\d{1,15}$/.test(id)).map(Number);
}
