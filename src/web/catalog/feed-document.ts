import { join } from 'node:path';
import { Eta } from 'eta';
import type { Instant } from '../../core/trial.ts';
import { sentenceFor } from '../../core/wording/change-sentences.ts';
import { quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { ReleasedChange } from '../../db/catalog/feeds.ts';
import { speakIn } from '../../languages.ts';
import { cardFor } from './news.ts';

const templates = new Eta({ views: join(import.meta.dirname, '../../../templates/pages'), cache: true });

/** A feed before it is written. `name` makes its id, which lasts: nothing a person reads may be in it. */
export type Feed = {
  name: string;
  title: string;
  about: string;
  author: string;
  /** Paths of the feed and of the page it stands for. */
  path: string;
  pagePath: string;
  /** The language that addresses need not name. */
  defaultLanguage: string;
  /** What counts as its time while it has no entry. */
  since: Instant;
  changes: ReleasedChange[];
};

/** No feed has more entries. */
export const feedEntriesAtMost = 50;

/** An Atom document (RFC 4287) of released changes, newest first; ids are tags (RFC 4151) and never change. */
export function writeFeed(wording: Wording, baseUrl: string, feed: Feed): string {
  const base = baseUrl.replace(/\/+$/, '');
  const addressOf = (path: string) => speakIn(base + path, wording.language, feed.defaultLanguage);
  // A tag names its maker by host and a year in which the host was theirs.
  const tag = `tag:${new URL(base).hostname},2026:`;
  const entries = feed.changes.slice(0, feedEntriesAtMost).map((change) => {
    const text = sentenceFor(wording, change.change, cardFor(change));
    const title = quoteText(change.title) || wording.say('card.no-title');
    return {
      id: `${tag}change/${change.id}`,
      title: wording.say('feed.entry', { id: change.registryId, sentence: quoteText(text, 200) }),
      updatedAt: change.releasedAt,
      href: addressOf(`/trials/${encodeURIComponent(change.registryId)}/changes/${change.id}`),
      text: `${text} ${wording.say('feed.trial-title', { title })}`,
    };
  });
  return templates.render('feed', {
    language: wording.language,
    id: `${tag}${feed.name}`,
    title: onlyXml(feed.title),
    about: feed.about,
    author: onlyXml(feed.author),
    updatedAt: entries[0]?.updatedAt ?? feed.since,
    selfHref: addressOf(feed.path),
    pageHref: addressOf(feed.pagePath),
    entries: entries.map((entry) => ({
      ...entry,
      title: onlyXml(entry.title),
      text: onlyXml(entry.text),
    })),
  });
}

/** XML 1.0 has no place for some characters, not even escaped (section 2.2). */
function onlyXml(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}
