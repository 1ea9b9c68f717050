import { join } from 'node:path';
import { Eta } from 'eta';
import type { FilterName } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import { sentenceFor } from '../../core/wording/change-sentences.ts';
import { unsaidSentence } from '../../core/wording/digest.ts';
import { quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { ReleasedChange } from '../../db/catalog/feeds.ts';
import { speakIn } from '../../languages.ts';
import { cardFor } from './news.ts';

const templates = new Eta({ views: join(import.meta.dirname, '../../../templates/pages'), cache: true });

/** The contents of a feed. `name` becomes its permanent id, so it must not contain texts for readers. */
export type Feed = {
  name: string;
  title: string;
  about: string;
  author: string;
  /** The paths of the feed and of its page. */
  path: string;
  pagePath: string;
  /** Links do not name this language. */
  defaultLanguage: string;
  /** Its update time while it has no entries. */
  since: Instant;
  /** `unsaid`: the reader's filters that the record has no data for. */
  changes: (ReleasedChange & { unsaid?: readonly FilterName[] })[];
};

/** Most entries in a feed. */
export const feedEntriesAtMost = 50;

/** An Atom document (RFC 4287) of released changes, newest first; ids are tags (RFC 4151) and never change. */
export function writeFeed(wording: Wording, baseUrl: string, feed: Feed): string {
  const base = baseUrl.replace(/\/+$/, '');
  const addressOf = (path: string) => speakIn(base + path, wording.language, feed.defaultLanguage);
  // A tag names an authority by host and a year in which it owned the host.
  const tag = `tag:${new URL(base).hostname},2026:`;
  const entries = feed.changes.slice(0, feedEntriesAtMost).map((change) => {
    const text = sentenceFor(wording, change.change, cardFor(change));
    const title = quoteText(change.title) || wording.say('card.no-title');
    const unsaid = unsaidSentence(wording, change.unsaid ?? []);
    return {
      id: `${tag}change/${change.id}`,
      title: wording.say('feed.entry', { id: change.registryId, sentence: quoteText(text, 200) }),
      updatedAt: change.releasedAt,
      href: addressOf(`/trials/${encodeURIComponent(change.registryId)}/changes/${change.id}`),
      text: [text, wording.say('feed.trial-title', { title }), ...(unsaid === null ? [] : [unsaid])].join(
        ' ',
      ),
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

/** Removes characters that XML 1.0 does not allow, even escaped (section 2.2). */
function onlyXml(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}
