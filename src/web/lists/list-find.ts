import { findList, type SharedList } from '../../db/lists/lists.ts';
import { hashToken } from '../../keys.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** A list that readers may see, and the path of its page: public, or private behind the token of its link. */
export type ShownList = { list: SharedList; path: string; isPublic: boolean };

/** The path of a public list. */
export function pathOfList(slug: string): string {
  return `/lists/${encodeURIComponent(slug)}`;
}

/** The path of a private list. */
export function pathOfPrivate(token: string): string {
  return `/l/${token}`;
}

/** The list that a request names; or the answer if there is none, or if it has ended. */
export async function findShownList(
  { params, wording }: PageRequest,
  { db }: WebDeps,
): Promise<ShownList | { answer: PageResponse }> {
  const { slug, token } = params;
  const list =
    slug !== undefined
      ? await findList(db, { slug })
      : await findList(db, { tokenHash: hashToken(token ?? '') });
  if (!list) return { answer: { notFound: true } };
  if (list.endedAt !== null)
    return {
      answer: { page: 'list-ended', title: wording.say('list.ended.title'), view: {}, status: 410 },
    };
  return {
    list,
    path: slug !== undefined ? pathOfList(slug) : pathOfPrivate(token ?? ''),
    isPublic: slug !== undefined,
  };
}
