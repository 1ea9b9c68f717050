import type { RegistryQuery } from '../adapter.ts';
import { fields } from './fields.ts';

/** The registry's own limit; a larger number would be clamped in silence. */
const pageSize = '1000';

/** Ids in one `filter.ids`: the longest that is accepted is not documented, and this keeps the address short. */
export const idsAtOnce = 100;

/** Longer search words are cut: nobody's condition is longer, and addresses have limits. */
const maxWordsLength = 300;

const operators = /\b(AND|OR|NOT|AREA|SEARCH|RANGE|MISSING|COVERAGE|EXPANSION|ALL|MIN|MAX|TILT)\b/g;

/** NCT numbers anywhere in a text, in any case, with spaces, hyphens or colons inside; eight digits, no more. */
const nctNumbers = /(?<![\p{L}\p{N}])nct[\s:#_.\p{Pd}]*(\d(?:[\s\p{Pd}]*\d){7})(?!\d)/giu;

/** The NCT numbers a text holds, in their canonical form (M4). */
export function findNctNumbers(text: string): string[] {
  return [...text.matchAll(nctNumbers)]
    .map((found) => `NCT${(found[1] ?? '').replace(/\D/g, '')}`)
    .filter(isNctNumber);
}

/** Whether a text is an NCT number in its canonical form. The registry refuses one of zeros alone. */
export function isNctNumber(text: string): boolean {
  return /^NCT\d{8}$/.test(text) && text !== 'NCT00000000';
}

/**
 * Somebody's words for `query.cond`, without anything the registry's query language would obey: its operators are upper
 * case, its syntax is quotes and brackets. Words made only of ids would turn the search into a look-up that ignores
 * every filter: they, and words of which nothing is left, come back empty and must not be sent.
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

/** The parameters of every page of a query: the same for all, as the registry wants, but for `countTotal` and `pageToken`. */
export function toParameters(query: Exclude<RegistryQuery, { kind: 'ids' }>): URLSearchParams {
  const parameters = new URLSearchParams({ format: 'json', fields: fields.join(), pageSize });
  // Ascending, so that what is updated while we read moves behind us to the end, and is read again instead of missed.
  if (query.kind !== 'condition') parameters.set('sort', 'LastUpdatePostDate:asc');
  if (query.kind === 'updated-since') {
    parameters.set('filter.advanced', `AREA[LastUpdatePostDate]RANGE[${query.day},MAX]`);
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
