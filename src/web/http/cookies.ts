import { parseCookie, stringifySetCookie } from 'cookie';
import { basePathOf } from './base-path.ts';
import type { Cookie } from './page-response.ts';

const names: readonly Cookie['name'][] = ['manage', 'done', 'browser', 'language', 'admin'];

/**
 * `__Host-` binds a cookie to this host and to https (P6). A cookie that stays under a path can only be `__Secure-`
 * (O8). Over http both stay away: on loopback Firefox and Chromium send a secure cookie, WebKit, lynx, w3m and elinks
 * do not.
 */
function fullName(baseUrl: string, name: string): string {
  if (!isHttps(baseUrl)) return name;
  return `${basePathOf(baseUrl) === '' ? '__Host-' : '__Secure-'}${name}`;
}

function isHttps(baseUrl: string): boolean {
  return new URL(baseUrl).protocol === 'https:';
}

/** Reads our own cookies from the header. */
export function readCookies(baseUrl: string, header: string | undefined): Record<string, string | undefined> {
  const sent: Record<string, string | undefined> = header === undefined ? {} : parseCookie(header);
  return Object.fromEntries(names.map((name) => [name, sent[fullName(baseUrl, name)]]));
}

/** The value of a `Set-Cookie` header. */
export function writeCookie(baseUrl: string, { name, value, maxAgeSeconds }: Cookie): string {
  return stringifySetCookie({
    name: fullName(baseUrl, name),
    value,
    maxAge: maxAgeSeconds,
    path: basePathOf(baseUrl) || '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps(baseUrl),
  });
}
