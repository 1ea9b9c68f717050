import { join } from 'node:path';
import { Eta } from 'eta';
import type { FilterName } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import { sentenceFor } from '../../core/wording/change-sentences.ts';
import { unsaidSentence } from '../../core/wording/digest/reasons.ts';
import { shapeOf } from '../../core/wording/shape/change-shape.ts';
import { shapeText } from '../../core/wording/shape/shape-text.ts';
import { attributions } from '../../core/wording/sources.ts';
import { quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { FeedChange } from '../../db/catalog/feeds.ts';
import { speakIn } from '../../languages.ts';
import { cardFor } from '../catalog/news.ts';
import { field, type PageRequest } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';

const templates = new Eta({ views: join(import.meta.dirname, '../../../templates/pages'), cache: true });

/** A change of a feed. `unsaid`: the reader's filters that the record has no data for. */
export type TellableChange = FeedChange & { unsaid?: readonly FilterName[] };

/**
 * One page of a feed's changes, newest first. `next`: the position that the next page begins before; `omittedAt`: when
 * its first change was released. Null if there is none.
 */
export type FeedPage = { changes: TellableChange[]; next: number | null; omittedAt: Instant | null };

/** The contents of a feed. `name` becomes its permanent id, so it must not contain texts for readers. */
export type Feed = FeedPage & {
  name: string;
  title: string;
  about: string;
  /** The registries that are read: their terms stand in every feed (X12). */
  registries: readonly string[];
  author: string;
  /** Begins the ids. */
  authority: string;
  /** The paths of the feed and of its page. */
  path: string;
  pagePath: string;
  /** The page begins before this position; null for the first. */
  before: number | null;
  /** Links do not name this language. */
  defaultLanguage: string;
  /** Its update time while it has no entries. */
  since: Instant;
  now: Instant;
};

/** The path of the stylesheet with which a browser shows a feed. */
export const feedStylePath = '/feed.css';
/** Most entries on a page of a feed. */
export const feedEntriesAtMost = 50;
/** A feed says that it has more pages if their changes are younger than this: readers may not have seen them. */
const missableHours = 7 * 24;
const longestName = 60;

/** Cuts changes, newest first and one more than fit, to a page. */
export function cutPage(changes: TellableChange[]): FeedPage {
  const shown = changes.slice(0, feedEntriesAtMost);
  const omitted = changes[feedEntriesAtMost];
  return {
    changes: shown,
    next: (omitted && shown.at(-1)?.position) ?? null,
    omittedAt: omitted?.releasedAt ?? null,
  };
}

/** The position that a request for a page of a feed begins before; null for the first page or for nonsense. */
export function readBefore({ query }: Pick<PageRequest, 'query'>): number | null {
  return parseId(field(query, 'before'));
}

/**
 * A page of an Atom document (RFC 4287, RFC 5005) of released changes, newest first. Ids are tags (RFC 4151). Entries
 * and their ids never change.
 */
export function writeFeed(wording: Wording, baseUrl: string, feed: Feed): string {
  const base = baseUrl.replace(/\/+$/, '');
  const addressOf = (path: string) => speakIn(base + path, wording.language, feed.defaultLanguage);
  const pageOf = (before: number) => addressOf(`${feed.path}?before=${before}`);
  // A tag names an authority and a year in which it had the host.
  const tag = `tag:${feed.authority},2026:`;
  const entries = feed.changes.map((change) => entryOf(wording, change, tag, addressOf));
  const closing = feed.before === null ? closingEntry(wording, feed, tag, addressOf(feed.pagePath)) : [];
  return templates.render('feed', {
    language: wording.language,
    styleHref: `${base}${feedStylePath}`,
    id: `${tag}${feed.name}`,
    title: onlyXml(feed.title),
    about: feed.about,
    rights: onlyXml(attributions(wording, feed.registries).join(' ')),
    author: onlyXml(feed.author),
    updatedAt: entries[0]?.updatedAt ?? feed.since,
    selfHref: feed.before === null ? addressOf(feed.path) : pageOf(feed.before),
    firstHref: addressOf(feed.path),
    nextHref: feed.next && pageOf(feed.next),
    pageHref: addressOf(feed.pagePath),
    entries: [...entries, ...closing].map((entry) => ({
      ...entry,
      title: onlyXml(entry.title),
      html: onlyXml(entry.html),
    })),
  });
}

type Entry = {
  id: string;
  title: string;
  updatedAt: Instant;
  href: string;
  /** Its content: safe HTML. */
  html: string;
  category: { term: string; label: string } | null;
};

function entryOf(
  wording: Wording,
  change: TellableChange,
  tag: string,
  addressOf: (path: string) => string,
): Entry {
  const card = cardFor(change);
  const text = sentenceFor(wording, change.change, card);
  const shape = shapeOf(wording, change.change, card);
  // Readers cut classes and styles, so marks are signs.
  const drawn = shapeText(shape);
  const title = quoteText(change.title) || wording.say('card.no-title');
  const unsaid = unsaidSentence(wording, change.unsaid ?? []);
  return {
    id: `${tag}change/${change.id}`,
    title: wording.say('feed.entry', {
      id: change.registryId,
      name: quoteText(change.acronym || change.title, longestName) || wording.say('card.no-title'),
      sentence: quoteText(text, 200),
    }),
    updatedAt: change.releasedAt,
    href: addressOf(`/trials/${encodeURIComponent(change.registryId)}/changes/${change.id}`),
    html: [
      ...(drawn === '' ? [] : [`<strong>${escapeHtml(shape.label)}:</strong> ${escapeHtml(drawn)}`]),
      ...[text, wording.say('feed.trial-title', { title }), ...(unsaid === null ? [] : [unsaid])].map(
        escapeHtml,
      ),
    ]
      .map((one) => `<p>${one}</p>`)
      .join(''),
    category: { term: change.change.facet, label: wording.say(`trial.facet.${change.change.facet}`) },
  };
}

/** Says that younger changes stand on the next page: most readers look at the first page only. */
function closingEntry(wording: Wording, feed: Feed, tag: string, pageHref: string): Entry[] {
  const { omittedAt } = feed;
  if (omittedAt === null) return [];
  const limit = Temporal.Instant.from(feed.now).subtract({ hours: missableHours });
  if (Temporal.Instant.compare(omittedAt, limit) < 0) return [];
  // One a day: readers would take each new id for news.
  const day = omittedAt.slice(0, 10);
  return [
    {
      id: `${tag}more/${feed.name}/${day}`,
      title: wording.say('feed.more', { day: wording.dayOf(omittedAt, 'UTC') }),
      updatedAt: omittedAt,
      href: pageHref,
      html: `<p>${escapeHtml(wording.say('feed.more.what', { count: feedEntriesAtMost }))}</p>`,
      category: null,
    },
  ];
}

/** As the templates of pages escape. */
const escapeHtml = (text: string) => templates.config.escapeFunction(text);

/** Removes characters that XML 1.0 does not allow, even escaped (section 2.2). */
function onlyXml(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}
