import { searchNames } from '../../core/matching/name-search.ts';
import { foldName } from '../../core/text/folding.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { readKnownConditions } from '../shared/known-conditions.ts';

const offered = 8;
const longestTyped = 100;

/** Conditions for what is being typed, as JSON: where each leads, its name, the number of its trials in words. */
export async function suggest({ query, wording }: PageRequest, { db }: WebDeps): Promise<PageResponse> {
  const typed = field(query, 'q').slice(0, longestTyped);
  const found =
    foldName(typed).length < 2 ? [] : searchNames((await readKnownConditions(db)).names, typed, offered);
  const suggestions = found.map(({ condition, written }) => ({
    href: addressOf(condition.slug),
    name: condition.name,
    // The name that fits what was typed, where the condition is shown by another.
    also: written === condition.name ? '' : written,
    note: wording.say('find.count', { count: condition.count }),
  }));
  const said = wording.say('find.suggested', { count: suggestions.length });
  return { body: JSON.stringify({ suggestions, said }), type: 'application/json; charset=utf-8' };
}
