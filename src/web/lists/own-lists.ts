import { cleanText, findTextFault, listsAtMost, nameAtMost } from '../../core/lists/shared-list.ts';
import { nameList } from '../../core/wording/digest/reasons.ts';
import { listOwnLists } from '../../db/lists/lists.ts';
import { makeList } from '../../use-cases/lists/own-lists.ts';
import { type Form, field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { askForAddress, findSession, signedIn } from '../manage/manage-session.ts';
import { holdsLine } from '../shared/list-words.ts';
import { followersLine, pathOfOwn, showOwn } from './own-list.ts';

/** The texts of a list as sent, and where it may be seen. */
export type ListFields = { name: string; organization: string; open: string };

/** Reads the texts of a list from a form. */
export function readListFields(form: Form): ListFields {
  return {
    name: cleanText(field(form, 'name')),
    organization: cleanText(field(form, 'organization')),
    open: field(form, 'open') === 'link' ? 'link' : 'public',
  };
}

/** `GET /manage/lists`: the lists that a signed-in person has made, and a form for another. */
export async function showOwnLists(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const id = await findSession(request, deps);
  if (id === null) return askForAddress(request);
  return listsPage(request, deps, id, { name: '', organization: '', open: 'public' }, null);
}

async function listsPage(
  { wording }: PageRequest,
  deps: WebDeps,
  subscriberId: number,
  fields: ListFields,
  error: string | null,
): Promise<PageResponse> {
  const lists = await listOwnLists(deps.db, subscriberId);
  return {
    page: 'own-lists',
    title: wording.say('lists.title'),
    status: error === null ? 200 : 422,
    view: {
      lists: lists.map((one) => ({
        href: pathOfOwn(one.id),
        name: nameList(wording, one),
        facts: [
          holdsLine(wording, one),
          wording.say(one.slug === null ? 'lists.open.link' : 'lists.open.public'),
          followersLine(wording, one),
        ],
      })),
      isFull: lists.length >= listsAtMost,
      most: listsAtMost,
      nameAtMost,
      fields,
      error:
        error && wording.say(`lists.error.${error}`, { most: error === 'many' ? listsAtMost : nameAtMost }),
      field: error?.startsWith('organization') ? 'organization' : 'name',
    },
  };
}

/** `POST /manage/lists`: makes an empty list. The link of a private one is shown this once. */
export const submitList = signedIn(async (request, deps, subscriberId) => {
  const { form, now } = request;
  const fields = readListFields(form);
  const fault = findTextFault(fields);
  if (fault !== null) return listsPage(request, deps, subscriberId, fields, fault);
  const isPublic = fields.open === 'public';
  const made = await makeList(deps, subscriberId, { ...fields, isPublic, entries: [] }, now);
  if (made === null) return askForAddress(request, { status: 401 });
  if (made === 'many') return listsPage(request, deps, subscriberId, fields, 'many');
  return made.token === null
    ? { seeOther: pathOfOwn(made.id) }
    : showOwn(request, deps, subscriberId, made.id, { token: made.token });
});
