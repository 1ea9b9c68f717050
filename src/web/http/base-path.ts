/** The path of BASE_URL under which all pages are, such as `/bell`; empty at the root of a host. */
export function basePathOf(baseUrl: string): string {
  return new URL(baseUrl).pathname.replace(/\/+$/, '');
}

/** The URL of a request without the base path, or null outside of it. */
export function withoutBasePath(basePath: string, url: string): string | null {
  if (!url.startsWith(basePath)) return null;
  const rest = url.slice(basePath.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : null;
}

/** Text is escaped, so that only our own markup has attributes. */
const ownLinks = /(\s(?:href|action|formaction|src|data-suggest)=")\//g;

/** Puts the base path before the links and forms of a page, which templates write from the root. */
export function linkUnder(basePath: string, html: string): string {
  return basePath === '' ? html : html.replace(ownLinks, `$1${basePath}/`);
}
