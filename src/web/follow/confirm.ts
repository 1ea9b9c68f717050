import { listPending } from '../../db/subscribers/pending-subscriptions.ts';
import { findToken, isSpentToken } from '../../db/subscribers/tokens.ts';
import { hashToken } from '../../keys.ts';
import { sessionMs } from '../../use-cases/session.ts';
import {
  browserDays,
  confirmSubscriptions,
  nameShown,
  type Pending,
} from '../../use-cases/subscriptions/confirm.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { consentWording } from '../shared/consent.ts';
import { agreePage, startedPage } from './agree-page.ts';

const daySeconds = 24 * 3_600;

/** `GET /confirm/{token}`: the subscriptions to confirm, shown only here (P10). Changes nothing (E4). */
export async function showConfirm(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const hash = hashToken(request.params.token ?? '');
  const pending = await findPending(request, deps, hash);
  if (!pending || isEmpty(pending)) return trouble(request, deps, hash, pending !== null);
  return askToAgree(request, deps, pending, false);
}

async function findPending({ now }: PageRequest, { db }: WebDeps, hash: Buffer): Promise<Pending | null> {
  const subscriberId = await findToken(db, { hash, purpose: 'confirm', now });
  return subscriberId === null ? null : listPending(db, subscriberId);
}

const isEmpty = ({ choices, lists }: Pending) => choices.length + lists.length === 0;

function askToAgree(request: PageRequest, deps: WebDeps, pending: Pending, isOther: boolean): PageResponse {
  const notes = pending.choices.flatMap(({ note }) => (note ? deps.keys.decrypt(note) : []));
  const agreement = { ...pending, notes: [...new Set(notes)] };
  const form = { action: request.path, seen: nameShown(pending), isOther, here: null };
  return agreePage(request, deps, agreement, form);
}

/**
 * `POST /confirm/{token}`: activates everything that the page showed, consumes the token (P1), and signs this browser
 * in.
 */
export async function confirm(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { wording, now, form } = request;
  const hash = hashToken(request.params.token ?? '');
  const pending = await findPending(request, deps, hash);
  const consent = consentWording(wording, deps.config.minAge, (pending?.lists.length ?? 0) > 0);
  const done = await confirmSubscriptions(deps, { hash, shown: field(form, 'seen'), consent }, now);
  if (done.kind === 'void') return trouble(request, deps, hash, false);
  if (done.kind === 'changed') return askToAgree(request, deps, done.pending, true);
  return startedPage(request, { started: done.followed, already: [], lists: done.lists }, done, [
    { name: 'browser', value: done.browser, maxAgeSeconds: browserDays * daySeconds },
    { name: 'manage', value: done.session, maxAgeSeconds: sessionMs / 1_000 },
  ]);
}

/** The page for a link that is used, expired or damaged, with a way to get another. */
async function trouble(
  request: PageRequest,
  deps: WebDeps,
  hash: Buffer,
  isDone: boolean,
): Promise<PageResponse> {
  const isUsed = isDone || (await isSpentToken(deps.db, { hash, purpose: 'confirm' }));
  const isWhole = /^[\w-]{43}$/.test(request.params.token ?? '');
  const why = isUsed ? 'used' : isWhole ? 'gone' : 'mangled';
  return {
    page: 'confirm-trouble',
    title: request.wording.say(isUsed ? 'confirm.used.title' : 'confirm.trouble'),
    view: { why, email: '', error: false },
    status: isWhole ? 410 : 404,
  };
}
