import {
  readLanguage,
  readLanguageByDigest,
  readLanguageByToken,
} from '../../db/subscribers/subscriber-languages.ts';
import { hashToken } from '../../keys.ts';
import { isLanguage } from '../../languages.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readDerivedLink } from '../manage/derived-link.ts';

/** Routes with a token, by its kind: random and stored as a hash, or derived for a purpose. */
const mailed: Readonly<
  Record<string, 'hashed' | 'unsubscribe' | 'digest' | 'feed' | 'calendar' | 'manage' | 'discreet'>
> = {
  '/confirm/:token': 'hashed',
  '/manage/address/:token': 'hashed',
  '/manage/keep-address/:token': 'hashed',
  '/manage/:token': 'manage',
  '/manage/feed/:token': 'feed',
  '/manage/calendar/:token': 'calendar',
  '/digests/:token': 'digest',
  '/d/:token/:n': 'discreet',
  '/w/:token/:n': 'digest',
  '/unsubscribe/:token': 'unsubscribe',
  '/unsubscribe/:token/:only': 'unsubscribe',
};

/**
 * The mail language of the person behind a personal page, so that a reader who comes from a mail reads on in its
 * language. Null for other pages, and if the link or session names nobody.
 */
export async function findPersonLanguage(
  deps: WebDeps,
  url: string,
  token: string,
  session: string | undefined,
): Promise<string | null> {
  const kind = mailed[url];
  const found =
    kind === undefined
      ? url.startsWith('/manage') && session !== undefined
        ? await readLanguageByToken(deps.db, hashToken(session))
        : null
      : await findByLink(deps, kind, token);
  return found !== null && isLanguage(found) ? found : null;
}

async function findByLink(
  deps: WebDeps,
  kind: (typeof mailed)[string] | 'followed',
  token: string,
): Promise<string | null> {
  if (kind === 'hashed' || (kind === 'manage' && !token.includes('.')))
    return readLanguageByToken(deps.db, hashToken(token));
  if (kind === 'discreet')
    return (await findByLink(deps, 'digest', token)) ?? findByLink(deps, 'followed', token);
  const link = await readDerivedLink(deps, kind, token.replace(/\.(atom|ics)$/, ''));
  if (link === null) return null;
  return kind === 'digest' ? readLanguageByDigest(deps.db, link.id) : readLanguage(deps.db, link.id);
}
