import { nameList } from '../../core/wording/digest/reasons.ts';
import { type FrameSubject, frameOutcome, framePage, inFrame } from '../follow/embed.ts';
import { field, type PageHandler, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { findShownList, type ShownList } from './list-find.ts';
import { tryToFollowList } from './list-follow.ts';
import { listPage } from './list-page.ts';

/** Following a public list from pages of others, under the same rules as what `follow/embed.ts` follows. */

/** `POST /embed/lists/{slug}/form`: the list's page with the address that a form on another page sent; stores nothing. */
export async function showOutsideListForm(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findShownList(request, deps);
  if ('answer' in found) return found.answer;
  const email = field(request.form, 'email').toWellFormed();
  const page = await listPage(request, deps, found, { email, often: 'usual', error: null, proof: null });
  return { ...page, status: 200 };
}

/** `GET /embed/lists/{slug}`: the frame with the form that follows a list. */
export const showListFrame: PageHandler = inFrame(async (request, deps) => {
  const found = await findShownList(request, deps);
  return 'answer' in found ? { notFound: true } : framePage(request, deps, subjectOf(request, found));
});

/** `POST /embed/lists/{slug}`: signs up from the frame. */
export const submitListFrame: PageHandler = inFrame(async (request, deps) => {
  const found = await findShownList(request, deps);
  if ('answer' in found) return { notFound: true };
  const outcome = await tryToFollowList(request, deps, found);
  return frameOutcome(request, deps, { ...subjectOf(request, found), email: outcome.email }, outcome);
});

function subjectOf({ wording }: PageRequest, { list, path }: ShownList): FrameSubject {
  return {
    heading: wording.say('list.box.title'),
    names: [nameList(wording, list)],
    usual: [wording.say('list.box.usual')],
    email: '',
    action: `/embed${path}`,
    hidden: {},
    longForm: path,
  };
}
