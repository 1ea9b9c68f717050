import type { ListTexts } from '../../core/lists/shared-list.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { listEntries } from '../../db/lists/entries.ts';
import { listOwnLists } from '../../db/lists/lists.ts';
import { writeCsv } from '../http/csv.ts';
import type { FileBody, PageRequest, PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { signedIn } from '../manage/manage-session.ts';
import { describeSubscription } from '../shared/describe-subscription.ts';
import { findShownList } from './list-find.ts';

/** A trial or condition as files have it. What is read from such a file is the same again. */
export type FileEntry = {
  kind: 'trial' | 'condition';
  registry: string;
  registryId: string | null;
  words: string;
  reason: string;
};

const columns = ['kind', 'registry', 'number', 'words', 'reason'] as const;

function cellsOf(one: FileEntry): Record<(typeof columns)[number], string> {
  const isTrial = one.kind === 'trial';
  return {
    kind: one.kind,
    registry: isTrial ? one.registry : '',
    number: isTrial ? (one.registryId ?? one.words) : '',
    words: isTrial ? '' : one.words,
    reason: one.reason,
  };
}

/** A list as CSV with a header row. */
export function writeListCsv(entries: readonly FileEntry[]): string {
  return writeCsv([columns, ...entries.map((one) => columns.map((name) => cellsOf(one)[name]))]);
}

/** A list as JSON. */
export function writeListJson({ name, organization }: ListTexts, entries: readonly FileEntry[]): string {
  return `${JSON.stringify({ name, organization, entries: entries.map(cellsOf) }, null, 2)}\n`;
}

type Outline = FileEntry & { title: string; feed: string; page: string };

/** A list as OPML 2.0: the feeds of what is on it. */
export function writeListOpml({ name }: ListTexts, outlines: readonly Outline[]): string {
  const lines = outlines.map(({ title, feed, page, ...one }) => {
    const said = { type: 'rss', text: title, xmlUrl: feed, htmlUrl: page, ...cellsOf(one) };
    const attributes = Object.entries(said).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
    return `    <outline${attributes.join('')}/>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head>\n    <title>${escapeXml(name)}</title>\n  </head>\n  <body>\n${lines.join('')}  </body>\n</opml>\n`;
}

function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, ' ');
}

/** `GET …/list.csv`, `…/list.json` and `…/list.opml`: what is on a list, for everyone who may see it. */
export async function downloadList(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findShownList(request, deps);
  if ('answer' in found) return 'notFound' in found.answer ? found.answer : { notFound: true };
  return fileOf(request, deps, found.list);
}

/** The same for its owner. */
export const downloadOwnList = signedIn(async (request, deps, subscriberId) => {
  const [list] = await listOwnLists(deps.db, subscriberId, parseId(request.params.id ?? '') ?? 0);
  return list ? fileOf(request, deps, list) : { notFound: true };
});

const types = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  opml: 'text/x-opml; charset=utf-8',
} as const;

async function fileOf(
  { path, wording }: PageRequest,
  { db, config }: WebDeps,
  list: ListTexts & { id: number },
): Promise<FileBody> {
  const kind = path.endsWith('.csv') ? 'csv' : path.endsWith('.json') ? 'json' : 'opml';
  const entries = await listEntries(db, list.id);
  const base = config.baseUrl.replace(/\/+$/, '');
  const write = {
    csv: () => writeListCsv(entries),
    json: () => writeListJson(list, entries),
    opml: () =>
      writeListOpml(
        list,
        entries.map((one) => toOutline(one, wording, base)),
      ),
  };
  return { body: write[kind](), type: types[kind], fileName: `trialbell-list.${kind}`, isWordless: true };
}

function toOutline(
  one: FileEntry & { title: string | null; conceptId: string | null; conceptTerm: string | null },
  wording: Wording,
  base: string,
): Outline {
  const page =
    one.kind === 'trial'
      ? `${base}/trials/${encodeURIComponent(one.registryId ?? one.words)}`
      : `${base}/conditions/${encodeURIComponent(one.conceptId?.toLowerCase() ?? one.words)}`;
  const { kind, registry, registryId, words, reason } = one;
  const title = describeSubscription(wording, one);
  return { kind, registry, registryId, words, reason, title, page, feed: `${page}/feed.atom` };
}
