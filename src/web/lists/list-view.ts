import type { Instant } from '../../core/trial.ts';
import { trialStatuses } from '../../core/trial.ts';
import { nameList } from '../../core/wording/digest/reasons.ts';
import { attributions } from '../../core/wording/sources.ts';
import { quoteRegistry, quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { readTrialsAbout } from '../../db/catalog/condition-pages.ts';
import { listNewestChanges } from '../../db/catalog/feeds.ts';
import { type ListEntry, listEntries } from '../../db/lists/entries.ts';
import { type ListedTrial, listedTrial } from '../catalog/condition-list.ts';
import { groupNews, type NewsItem } from '../catalog/news.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { describeSubscription } from '../shared/describe-subscription.ts';
import { readKnownConditions } from '../shared/known-conditions.ts';
import { holdsLine } from '../shared/list-words.ts';
import type { ShownList } from './list-find.ts';

const changesRead = 80;
const newsOpen = 3;

/** A trial of a list, with its owner's reason. One that was not read yet has only its number. */
type ListTrial = { trial: ListedTrial | null; id: string; href: string; reason: string };

/** Everything that the page of a list shows, besides its form. */
export type SharedListView = {
  heading: string;
  holds: string;
  changed: string;
  conditions: { name: string; href: string; reason: string }[];
  trials: ListTrial[];
  news: NewsItem[];
  newsMore: NewsItem[];
  feed: string;
  calendar: string;
  /** The path of the files of changes, without their ending. */
  changeFiles: string;
  files: { kind: string; href: string }[];
  terms: string;
};

/** Reads the page of a list. */
export async function readListView(
  deps: Pick<WebDeps, 'db' | 'config'>,
  wording: Wording,
  { list, path }: ShownList,
  now: Instant,
): Promise<SharedListView> {
  const { db, config } = deps;
  const entries = await listEntries(db, list.id);
  const [trials, conditions] = [ofKind(entries, 'trial'), ofKind(entries, 'condition')];
  const topics = entries.flatMap((one) => one.topics);
  const page = { after: null, atMost: Math.max(trials.length, 1) };
  const ofTrials = trials.flatMap((one) => one.topics);
  const [about, changes, known] = await Promise.all([
    trials.length === 0 ? null : readTrialsAbout(db, ofTrials, trialStatuses, page),
    listNewestChanges(db, topics, changesRead),
    readKnownConditions(db),
  ]);
  const listed = new Map(
    (about?.trials ?? []).map((one) => [one.card.id, listedTrial(wording, one, now)] as const),
  );
  const news = groupNews(wording, changes, config.defaultTimezone);
  return {
    heading: nameList(wording, list),
    holds: holdsLine(wording, { trials: trials.length, conditions: conditions.length }),
    changed: wording.say('list.changed', { date: wording.dayOf(list.changedAt, config.defaultTimezone) }),
    conditions: conditions.map((one) => ({
      name: describeSubscription(wording, one),
      href: hrefOfCondition(one, known.byId.get(one.conceptId ?? '')?.slug),
      reason: quoteText(one.reason),
    })),
    trials: trials.map((one) => {
      const id = one.registryId ?? one.words;
      const title = one.title === null ? null : quoteRegistry(wording, one.title);
      const shown = listed.get(id) ?? null;
      const href = `/trials/${encodeURIComponent(id)}`;
      return { trial: shown, id: title ? `${id}: ${title}` : id, href, reason: quoteText(one.reason) };
    }),
    news: news.slice(0, newsOpen),
    newsMore: news.slice(newsOpen),
    feed: `${path}/feed.atom`,
    calendar: `${path}/calendar.ics`,
    changeFiles: `${path}/changes`,
    files: ['csv', 'json', 'opml'].map((kind) => ({
      kind: kind.toUpperCase(),
      href: `${path}/list.${kind}`,
    })),
    terms: attributions(wording, Object.keys(config.registries)).join(' '),
  };
}

const ofKind = (entries: readonly ListEntry[], kind: 'trial' | 'condition') =>
  entries.filter((one) => one.kind === kind);

function hrefOfCondition({ words }: ListEntry, slug: string | undefined): string {
  return slug === undefined ? `/search?q=${encodeURIComponent(words)}` : addressOf(slug);
}
