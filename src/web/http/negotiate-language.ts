import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { isLanguage, languageParameter, languagesWithRegions } from '../../languages.ts';
import { readCookies } from './cookies.ts';

/** The language of a response. `named`: by the URL. `kept`: by the cookie. `isChosen`: by either, not guessed. */
export type Spoken = { language: string; isChosen: boolean; named: string | null; kept: string | null };

/** The name of each language in that language. */
export const languageNames: ReadonlyMap<string, string> = new Map(
  languagesWithRegions.map((code) => {
    const name = new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code;
    return [code, name.charAt(0).toLocaleUpperCase(code) + name.slice(1)];
  }),
);

/** A chosen language is remembered for a year. */
export const languageCookieSeconds = 365 * 24 * 3_600;

/** Chooses a language: by the URL, else the cookie, else the browser's preferences, else the default. */
export function chooseLanguage(
  { baseUrl, defaultLanguage }: Pick<Config, 'baseUrl' | 'defaultLanguage'>,
  { query, headers }: Pick<FastifyRequest, 'query' | 'headers'>,
): Spoken {
  const named = findKnown((query as Record<string, unknown> | undefined)?.[languageParameter]);
  const kept = findKnown(readCookies(baseUrl, headers.cookie).language);
  const language =
    named ??
    kept ??
    preferredLanguage(headers['accept-language'] ?? '', languagesWithRegions) ??
    defaultLanguage;
  return { language, isChosen: (named ?? kept) !== null, named, kept };
}

function findKnown(sent: unknown): string | null {
  const one = Array.isArray(sent) ? sent[0] : sent;
  return typeof one === 'string' && isLanguage(one) ? one : null;
}

/** Most ranges to read; real headers have fewer. */
const rangesRead = 20;

/**
 * The best known language of an `Accept-Language` header (RFC 9110, section 12.5.4; an unknown region falls back to its language,
 * RFC 4647, section 3.4); null if it names none, or prefers anything (`*`).
 */
export function preferredLanguage(header: string, known: readonly string[]): string | null {
  const ranges = header
    .split(',', rangesRead)
    .map((part) =>
      part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .map(([range = '', ...parameters]) => ({
      language: known.find((one) => one.toLowerCase() === range) ?? range.split('-')[0] ?? '',
      weight: weightOf(parameters.find((one) => one.startsWith('q='))),
    }))
    .filter(({ language, weight }) => weight > 0 && (language === '*' || known.includes(language)))
    .toSorted((a, b) => b.weight - a.weight);
  const best = ranges[0]?.language;
  return best === undefined || best === '*' ? null : best;
}

/** A weight from 0 to 1; an invalid one counts as 0. */
function weightOf(parameter: string | undefined): number {
  if (parameter === undefined) return 1;
  const text = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameter)?.[1];
  return text === undefined ? 0 : Number(text);
}
