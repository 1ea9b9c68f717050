import { baseLanguage, languageParameter, languages } from '../../languages.ts';
import { languageNames } from './negotiate-language.ts';

/** Query parameters that a link to another language keeps: the subject of the page, not the outcome of an action. */
const harmless = [
  ...['q', 'as', 'other', 'trial', 'condition', 'near', 'km', 'phase', 'age', 'kind'],
  ...['show', 'after', 'before', 'from', 'to'],
];

/** The same page in another language. */
export type LanguageLink = { code: string; name: string; href: string };

/** A path with the kept parameters of a query, in a language. */
function addressIn(path: string, query: string, code: string | null): string {
  const kept = [...new URLSearchParams(query)].filter(([name]) => harmless.includes(name));
  if (code !== null) kept.push([languageParameter, code]);
  const text = new URLSearchParams(kept).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Links from a page to itself in the other languages; a regional form follows from the browser, or is chosen in the settings. */
export function linksToLanguages(url: string, language: string): LanguageLink[] {
  const [path = '/', query = ''] = split(url);
  return languages
    .filter((code) => code !== baseLanguage(language))
    .map((code) => ({
      code,
      name: languageNames.get(code) ?? code,
      href: addressIn(path, query, code),
    }));
}

/** The `hreflang` alternates of a page; `x-default` is in the visitor's language. */
export function alternatesOf(
  baseUrl: string,
  url: string,
  defaultLanguage: string,
): { code: string; href: string }[] {
  const [path = '/', query = ''] = split(url);
  return [
    ...languages.map((code) => ({
      code,
      href: baseUrl + addressIn(path, query, code === defaultLanguage ? null : code),
    })),
    { code: 'x-default', href: baseUrl + addressIn(path, query, null) },
  ];
}

function split(url: string): [path: string, query: string] {
  // A link that begins with two slashes would lead to another host.
  const here = url.replace(/^\/+/, '/');
  const at = here.indexOf('?');
  return at === -1 ? [here, ''] : [here.slice(0, at), here.slice(at + 1)];
}
