import type { IncomingHttpHeaders } from 'node:http';
import type { Keys } from '../../keys.ts';

const dayMs = 24 * 3_600_000;

/**
 * A token that proves that a form is ours, for browsers that do not send the origin of a request. An admin's token is
 * bound to their session (`session` is the cookie).
 */
export function makeFormToken(keys: Keys, now: string, session = ''): string {
  const day = String(Math.floor(Date.parse(now) / dayMs));
  return `${day}.${keys.sign('form', `${day}.${session}`)}`;
}

/**
 * Whether an unsafe request comes from one of our own pages (P6): according to the browser, or else to the form's
 * token.
 */
export function isFromOurPages(
  headers: IncomingHttpHeaders,
  formToken: string,
  origins: readonly string[],
  keys: Keys,
  now: string,
  session = '',
): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  if (origin !== undefined && origin !== 'null') return origins.includes(origin);
  const [day = '', signature = ''] = formToken.split('.');
  const age = Math.floor(Date.parse(now) / dayMs) - Number(day);
  return (age === 0 || age === 1) && signature === keys.sign('form', `${day}.${session}`);
}
