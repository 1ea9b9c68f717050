import type { Pages } from './pages.ts';

type Answer = Awaited<ReturnType<Pages['get']>>;

/** A form of a page, with the values that it has when nobody changes them. */
type FoundForm = { method: string; action: string; fields: Record<string, string[]> };

export type Crawled = {
  /** The paths that were asked for, without the base path. */
  paths: Set<string>;
  /** Everything that leads out of the base path: where it stands, and what it is. */
  leaks: string[];
  /** Answers that should not be: where, and the status. */
  failures: string[];
};

const decode = (text: string) =>
  text
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');

/**
 * Reads every page that can be reached from some, then sends every form as it stands, those that end something last. What
 * each answer links to has to be under `base`.
 */
export async function crawl(
  pages: Pages,
  {
    base,
    publicOrigin,
    start,
    posts,
    cookie,
  }: { base: string; publicOrigin: string; start: string[]; posts: string[]; cookie: string },
): Promise<Crawled> {
  const found: Crawled = { paths: new Set(), leaks: [], failures: [] };
  const forms = new Map<string, FoundForm>();
  const waiting = start.map((path) => base + path);
  const seen = new Set<string>();

  const check = (where: string, target: string) => {
    const { origin, pathname } = new URL(target, `${publicOrigin}${where}`);
    if (origin === publicOrigin && pathname !== base && !pathname.startsWith(`${base}/`))
      found.leaks.push(`${where}: ${target}`);
  };
  const read = (where: string, { status, headers, text }: Answer) => {
    if (status >= 500) found.failures.push(`${where}: ${status}`);
    for (const line of headers.getSetCookie())
      if (!line.includes(`; Path=${base};`)) found.leaks.push(`${where}: ${line}`);
    const next = headers.get('location');
    if (next !== null) {
      check(where, next);
      waiting.push(next);
    }
    const isHtml = /html/.test(headers.get('content-type') ?? '');
    for (const [, value = ''] of isHtml ? text.matchAll(/\s[\w-]+="([^"]*)"/g) : [])
      if (/^\//.test(value)) check(where, decode(value));
    for (const [, value = ''] of isHtml
      ? text.matchAll(/<(?:a|link|iframe|script)\b[^>]*?\s(?:href|src)="([^"]*)"/g)
      : [])
      waiting.push(decode(value));
    for (const [url] of text.matchAll(/https?:\/\/[^\s"'<>)]+/g)) check(where, url.replace(/&amp;/g, '&'));
    for (const [, value = ''] of isHtml ? [] : text.matchAll(/": ?"(\/[^"]*)"/g)) check(where, value);
    if (isHtml) for (const form of readForms(text, where)) forms.set(`${form.method} ${form.action}`, form);
  };

  const readAll = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { origin, pathname, search } = new URL(next, publicOrigin);
      const key = pathname + [...new URL(next, publicOrigin).searchParams.keys()].sort().join();
      if (origin !== publicOrigin || !pathname.startsWith(base) || seen.has(key)) continue;
      seen.add(key);
      const path = pathname.slice(base.length) + search;
      found.paths.add(pathname.slice(base.length));
      read(pathname, await pages.get(path, { cookie }));
    }
  };
  await readAll();
  for (const path of posts) {
    const key = `post ${base}${path}`;
    if (!forms.has(key)) forms.set(key, { method: 'post', action: base + path, fields: {} });
  }
  const isLast = ({ action }: FoundForm) =>
    Number(/erase|leave|end$|suppress|unsubscribe|address/.test(action));
  for (const form of [...forms.values()].sort((a, b) => isLast(a) - isLast(b))) {
    const { pathname, search } = new URL(form.action, publicOrigin);
    check(base, form.action);
    if (!pathname.startsWith(base)) continue;
    const path = pathname.slice(base.length);
    if (form.method === 'post') read(pathname, await pages.post(path + search, form.fields, { cookie }));
    else
      waiting.push(
        `${pathname}?${new URLSearchParams(Object.entries(form.fields).flatMap(([name, values]) => values.map((value) => [name, value])))}`,
      );
    found.paths.add(path);
  }
  await readAll();
  return found;
}

function readForms(html: string, where: string): FoundForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].flatMap(([, head = '', inside = '']) => {
    const of = (tag: string, name: string) => decode(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
    const fields: Record<string, string[]> = {};
    for (const [tag] of inside.matchAll(/<(?:input|textarea|select)\b[^>]*>/g)) {
      const name = of(tag, 'name');
      const isOff = /type="(?:checkbox|radio)"/.test(tag) && !/\schecked\b/.test(tag);
      if (name !== '' && !isOff) fields[name] = [...(fields[name] ?? []), of(tag, 'value')];
    }
    const method = of(head, 'method') || 'get';
    const actions = [
      of(head, 'action') || where,
      ...[...inside.matchAll(/\sformaction="([^"]*)"/g)].map(([, one = '']) => decode(one)),
    ];
    return actions.map((action) => ({ method, action, fields }));
  });
}
