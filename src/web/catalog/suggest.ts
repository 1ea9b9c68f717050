import { searchNames } from '../../core/matching/name-search.ts';
import { foldName } from '../../core/text/folding.ts';
import { basePathOf } from '../http/base-path.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { readKnownConditions } from '../shared/known-conditions.ts';

const offered = 8;
const longestTyped = 100;

/** Suggests conditions while a reader types, as JSON: link, name and number of trials in words. */
export async function suggest(
  { query, wording }: PageRequest,
  { config, db }: WebDeps,
): Promise<PageResponse> {
  const typed = field(query, 'q').slice(0, longestTyped);
  const found =
    foldName(typed).length < 2 ? [] : searchNames((await readKnownConditions(db)).names, typed, offered);
  const suggestions = found.map(({ condition, written }) => ({
    href: basePathOf(config.baseUrl) + addressOf(condition.slug),
    name: condition.name,
    // The matching name, if it differs from the shown one.
    also: written === condition.name ? '' : written,
    note: wording.say('find.count', { count: condition.count }),
  }));
  const said = wording.say('find.suggested', { count: suggestions.length });
  return { body: JSON.stringify({ suggestions, said }), type: 'application/json; charset=utf-8' };
}
