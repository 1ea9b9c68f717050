import type { RegistryQuery } from '../adapter.ts';
import { fields } from './fields.ts';

/** The registry's own limit. It would silently clamp a larger number. */
const pageSize = '1000';

/** Ids in one `filter.ids`. The maximum is not documented; this number keeps the URL short. */
export const idsAtOnce = 100;

/** Longer search words are cut: no condition is longer, and URLs have limits. */
const maxWordsLength = 300;

const operators = /\b(AND|OR|NOT|AREA|SEARCH|RANGE|MISSING|COVERAGE|EXPANSION|ALL|MIN|MAX|TILT)\b/g;

/**
 * NCT numbers anywhere in a text, in any case, with spaces, hyphens or colons inside; exactly eight digits.
 */
const nctNumbers = /(?<![\p{L}\p{N}])nct[\s:#_.\p{Pd}\u2212]*(\d(?:[\s\p{Pd}\u2212]*\d){7})(?!\d)/giu;

/** Finds the NCT numbers in a text, in their canonical form (M4). */
export function findNctNumbers(text: string): string[] {
  // Full-width letters and digits of East Asian keyboards count as the plain ones.
  return [...text.normalize('NFKC').matchAll(nctNumbers)]
    .map((found) => `NCT${(found[1] ?? '').replace(/\D/g, '')}`)
    .filter(isNctNumber);
}

/** Whether a text is an NCT number in its canonical form. The registry refuses the number with only zeros. */
export function isNctNumber(text: string): boolean {
  return /^NCT\d{8}$/.test(text) && text !== 'NCT00000000';
}

/**
 * Escapes typed words for `query.cond`: removes everything that the registry's query language would obey
 * (upper-case operators, quotes and brackets). Words made only of ids would turn the search into a look-up
 * that ignores every filter. For those, and if nothing remains, returns an empty text, which must not be
 * sent.
 */
export function escapeWords(words: string): string {
  const plain = words
    .normalize('NFC')
    .replace(/[\p{C}"“”„`()[\]{}<>/\\|,;:=@#$^*~?!]+/gu, ' ')
    .replace(/(?<!\p{L})['‘’]|['‘’](?!\p{L})|(?<!\S)\p{Pd}+/gu, ' ')
    .replace(operators, (operator) => operator.toLowerCase())
    .replace(/\s+/g, ' ')
    .slice(0, maxWordsLength)
    .trim();
  return /[\p{L}\p{N}]/u.test(plain.replace(nctNumbers, ' ').replace(/\bnct\d+/gi, ' ')) ? plain : '';
}

/**
 * The parameters of every page of a query. The registry wants them to be the same on all pages, except for
 * `countTotal` and `pageToken`.
 */
export function toParameters(query: Exclude<RegistryQuery, { kind: 'ids' }>): URLSearchParams {
  const parameters = new URLSearchParams({ format: 'json', fields: fields.join(), pageSize });
  // Ascending: a record that is updated while we read moves to the end, so it is read again instead of
  // missed.
  if (query.kind !== 'condition') parameters.set('sort', 'LastUpdatePostDate:asc');
  if (query.kind === 'updated-since') {
    parameters.set('filter.advanced', `AREA[LastUpdatePostDate]RANGE[${query.since.slice(0, 10)},MAX]`);
  }
  if (query.kind === 'condition') {
    parameters.set('query.cond', escapeWords(query.words));
    parameters.set('sort', '@relevance');
    if (query.updatedSince) {
      parameters.set('filter.advanced', `AREA[LastUpdatePostDate]RANGE[${query.updatedSince},MAX]`);
    }
  }
  return parameters;
}

/** The parameters of a look-up of ids. */
export function toIdParameters(ids: string[]): URLSearchParams {
  return new URLSearchParams({
    format: 'json',
    fields: fields.join(),
    pageSize,
    'filter.ids': ids.join(),
  });
}
