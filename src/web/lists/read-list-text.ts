import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { cleanText } from '../../core/lists/shared-list.ts';
import { decodeEntities } from '../../core/text/entities.ts';
import { rearm } from '../http/csv.ts';

/** One thing that a pasted text names, not understood yet, with the number of its line or place. */
export type ListItem = { line: number; kind: 'trial' | 'condition' | null; value: string; reason: string };

/** Why a whole text cannot be read. */
export type ListTextFault = 'empty' | 'too-many' | 'json' | 'opml' | 'csv';

/** Most lines of one pasted text. */
export const pastedLinesAtMost = 1_000;
const longestValue = 200;

/**
 * Reads what somebody pasted for a list: a number or a condition a line, a table with a header row, or what a list was
 * exported as (CSV, JSON, OPML). A fault refuses the whole text.
 */
export function readListText(typed: string): { items: ListItem[] } | { fault: ListTextFault } {
  const text = typed
    .toWellFormed()
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n');
  const read = /^\s*[[{]/.test(text)
    ? readJson(text)
    : /<opml[\s>]/i.test(text)
      ? readOutlines(text)
      : (readTable(text) ?? readLines(text));
  if (typeof read === 'string') return { fault: read };
  const items = read.filter(({ value }) => value !== '');
  if (items.length === 0) return { fault: 'empty' };
  return items.length > pastedLinesAtMost ? { fault: 'too-many' } : { items };
}

function readLines(text: string): ListItem[] {
  return text.split('\n').map((line, at) => toItem(at + 1, {}, line));
}

function toItem(
  line: number,
  { kind, reason }: { kind?: string | undefined; reason?: string | undefined },
  value: string,
): ListItem {
  return {
    line,
    kind: kind === 'trial' || kind === 'condition' ? kind : null,
    value: cleanText(value).slice(0, longestValue),
    reason: cleanText(reason ?? ''),
  };
}

const Exported = z.object({
  kind: z.string().optional(),
  number: z.string().nullish(),
  words: z.string().nullish(),
  reason: z.string().nullish(),
});
const Json = z.union([
  z.array(z.union([z.string(), Exported])),
  z.object({ entries: z.array(z.union([z.string(), Exported])) }),
]);

function readJson(text: string): ListItem[] | 'json' {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'json';
  }
  const { success, data } = Json.safeParse(value);
  if (!success) return 'json';
  return (Array.isArray(data) ? data : data.entries).map((one, at) =>
    typeof one === 'string'
      ? toItem(at + 1, {}, one)
      : toItem(at + 1, { kind: one.kind, reason: one.reason ?? '' }, one.number || one.words || ''),
  );
}

/** The outlines of an OPML file: ours name what they are, those of others have the address of a feed. */
function readOutlines(text: string): ListItem[] | 'opml' {
  const outlines = [...text.matchAll(/<outline\b((?:[^>"']|"[^"]*"|'[^']*')*)>/gi)];
  const items = outlines.map(([, attributes = ''], at) => {
    const found = new Map(
      [...attributes.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(
        ([, name = '', double, single]) => [name.toLowerCase(), decodeEntities(double ?? single ?? '')],
      ),
    );
    const value = ['number', 'words', 'xmlurl', 'htmlurl', 'text']
      .map((name) => found.get(name))
      .find(Boolean);
    return toItem(at + 1, { kind: found.get('kind'), reason: found.get('reason') }, value ?? '');
  });
  return items.length === 0 ? 'opml' : items;
}

/** The columns that may name something, the surest first. */
const columns = ['number', 'nct number', 'nct id', 'trial', 'id', 'condition', 'words'];

/** A table whose header row has a known column; null if the text is none. */
function readTable(text: string): ListItem[] | 'csv' | null {
  const head = /^\s*(.*)/.exec(text)?.[1] ?? '';
  const delimiter =
    [',', ';', '\t'].toSorted((a, b) => head.split(b).length - head.split(a).length)[0] ?? ',';
  const names = head.split(delimiter).map((name) => name.trim().replace(/^"|"$/g, '').toLowerCase());
  if (!names.some((name) => columns.includes(name))) return null;
  let rows: { record: string[]; info: { lines: number } }[];
  try {
    rows = parse(text, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      to: pastedLinesAtMost + 2,
    }) as unknown as typeof rows;
  } catch {
    return 'csv';
  }
  return rows.slice(1).map(({ record, info }) => {
    const cell = (name: string) => {
      const at = names.indexOf(name);
      return at < 0 ? '' : rearm(record[at] ?? '').trim();
    };
    const named = columns.find((name) => cell(name) !== '') ?? '';
    const kind = cell('kind') || (named === 'condition' ? 'condition' : named === 'words' ? '' : 'trial');
    return toItem(info.lines, { kind, reason: cell('reason') }, cell(named));
  });
}
