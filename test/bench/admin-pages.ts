import { adminRoutes } from '../../src/web/admin/admin-routes.ts';

/** Forms whose result is shown at once. */
export type Act = { path: string; fields: Record<string, string> };

/** One of the admins' pages, asked for again and again, one after the other: milliseconds until it was read. */
export type AdminPageResult = { path: string; p50: number; p95: number };

const timesAsked = 40;
const gets = adminRoutes.filter(([method, path]) => method === 'GET' && !path.includes('enter'));
const patterns = gets.map(([, path]) => ({
  path,
  /** Those without a parameter first: `/admin/subscribers/add` is no person. */
  rank: path.split(':').length,
  matches: new RegExp(`^${path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`),
}));
patterns.sort((one, other) => one.rank - other.rank);

/**
 * Asks for every page of the route table and every page that they link to, one of a kind: of links that differ in numbers
 * and values alone the first. A page of the table that no link leads to fails the bench; one that is linked to and fails throws.
 */
export async function timeAdminPages(
  url: string,
  cookie: string,
  more: readonly string[],
  acts: readonly Act[],
): Promise<AdminPageResult[]> {
  const results: AdminPageResult[] = [];
  const known = new Set<string>();
  const open = [...gets.map(([, path]) => path).filter((path) => !path.includes(':')), ...more];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const kind = kindOf(path);
    if (kind === null || known.has(kind)) continue;
    known.add(kind);
    const { html, ...times } = await timePage(url + path, cookie);
    results.push({ path, ...times });
    for (const [, link = ''] of html.matchAll(/href="(\/admin[^"#]*)/g))
      open.push(link.replaceAll('&amp;', '&'));
  }
  for (const { path, fields } of acts) {
    const { p50, p95 } = await timePage(url + path, cookie, fields);
    results.push({ path: `POST ${path}`, p50, p95 });
  }
  const seen = [...known].map((kind) => kind.split('?')[0]);
  const unseen = gets.map(([, path]) => path).filter((path) => !seen.includes(path));
  if (unseen.length > 0) {
    console.error(`No link led to ${unseen.join(', ')}.`);
    process.exitCode = 1;
  }
  return results.sort((one, other) => other.p95 - one.p95);
}

/** The route a path belongs to, with the names of its query; null for none that is a page. */
function kindOf(path: string): string | null {
  const [bare = '', query = ''] = path.split('?');
  const pattern = patterns.find(({ matches }) => matches.test(bare));
  if (!pattern) return null;
  const names = [...new URLSearchParams(query).keys()].sort();
  return names.length === 0 ? pattern.path : `${pattern.path}?${names.join('&')}`;
}

async function timePage(
  address: string,
  cookie: string,
  fields: Record<string, string> | null = null,
): Promise<{ html: string; p50: number; p95: number }> {
  const times: number[] = [];
  let html = '';
  for (let time = 0; time < timesAsked + 3; time += 1) {
    const startedAt = performance.now();
    const headers = { cookie, 'sec-fetch-site': 'same-origin' };
    const answer = await fetch(address, {
      headers,
      redirect: 'manual',
      ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
    });
    html = await answer.text();
    if (answer.status !== 200 && !(fields && answer.status === 303))
      throw new Error(`${address} answers ${answer.status}`);
    // The first ones read templates and plan statements.
    if (time >= 3) times.push(performance.now() - startedAt);
  }
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { html, p50: at(0.5), p95: at(0.95) };
}
