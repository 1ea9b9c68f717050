import type { Change, Json } from '../change.ts';
import { listDelta } from '../diff/criteria.ts';
import { quoteRegistry } from './values.ts';
import type { Wording } from './wording.ts';

/** The number of papers, notices or documents that a sentence lists. */
const itemsShown = 3;
const textLength = 240;

type Fields = { [key: string]: Json };

/**
 * The sentence for a list of papers, notices or documents: the additions, or the removals if nothing was
 * added.
 */
export function linkedSentence(wording: Wording, { kind, before, after }: Change): string {
  const { added, removed } = listDelta(before, after);
  const items = itemsOf(wording, kind, added.length > 0 ? added : removed);
  return wording.say(added.length > 0 ? `linked.${kind}.added` : `linked.${kind}.gone`, items);
}

function itemsOf(wording: Wording, kind: string, items: Json[]): { count: number; items: string } {
  const shown = items.slice(0, itemsShown).flatMap((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return [];
    return itemText(wording, kind, item);
  });
  const rest = items.length - itemsShown;
  if (rest > 0) shown.push(wording.say('other.list-rest', { count: rest }));
  return { count: items.length, items: shown.join('; ') };
}

/** One paper, notice or document of a record. */
export function linkedItem(wording: Wording, kind: string, item: object): string {
  return itemText(wording, kind, item as Fields);
}

function itemText(wording: Wording, kind: string, fields: Fields): string {
  const quote = (value: Json | undefined) =>
    typeof value === 'string' && value !== '' ? quoteRegistry(wording, value, textLength) : 'none';
  const day = (value: Json | undefined) => (typeof value === 'string' ? wording.date(value) : 'none');
  if (kind === 'violation') {
    const key = `violation.${String(fields.type)}`;
    const values = { on: day(fields.on), text: quote(fields.description) };
    return wording.say(wording.has(key) ? key : 'violation.other', values);
  }
  if (kind === 'documents')
    return wording.say('linked.document', { text: quote(fields.name), date: day(fields.date) });
  const notices = Array.isArray(fields.notices)
    ? fields.notices.map((notice) => nameNotice(quote(notice))).join('; ')
    : '';
  return wording.say('linked.paper', {
    text: quote(fields.citation),
    pmid: typeof fields.pmid === 'string' ? quoteRegistry(wording, fields.pmid, 20) : 'none',
    notices: notices || 'none',
  });
}

/** A retraction notice without a source is only its number in PubMed. */
function nameNotice(notice: string): string {
  return /^\d{1,12}$/.test(notice) ? `PubMed ${notice}` : notice;
}
