import { namesInLanguage } from '../../core/matching/foreign-words.ts';
import { isNameKnown } from '../../core/matching/named-concepts.ts';
import { foldName } from '../../core/text/folding.ts';
import type { Instant } from '../../core/trial.ts';
import { attributions } from '../../core/wording/sources.ts';
import { quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { listNewestChanges } from '../../db/catalog/feeds.ts';
import { listRegistries } from '../../db/ingest/registries.ts';
import { type FollowBox, followBox } from '../follow/follow-box.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { linkTo, readSentence } from '../shared/condition-links.ts';
import { type AskedList, isFiltered } from './condition-asked.ts';
import { readTrialList, type TrialListView } from './condition-list.ts';
import type { ConditionSubject } from './condition-subject.ts';
import { groupNews, type NewsItem } from './news.ts';

const changesRead = 80;
const narrowerShown = 12;
const newsOpen = 3;

type Link = { href: string; name: string; count: string };

/** Everything that a condition page shows. */
export type ConditionView = {
  subject: ConditionSubject;
  heading: string;
  /** What was typed, what we looked for, and what the registry calls it. */
  looked: string[];
  otherHref: string | null;
  isUmbrella: boolean;
  /** Its phrases are searched for in every trial, followed or not. */
  isListed: boolean;
  /** The form that follows the condition, with the filters of the list. */
  box: FollowBox;
  filed: string | null;
  also: string | null;
  phrases: string[];
  narrower: Link[];
  narrowerMore: Link[];
  /** Null for an umbrella term. */
  list: TrialListView | null;
  /** The page of a condition as links lead to it, without a choice of the reader's. */
  isPlain: boolean;
  news: NewsItem[];
  newsMore: NewsItem[];
  read: string;
  /** What the registries' terms ask to be said (X12). */
  terms: string;
};

/** Reads a condition page. An umbrella term (M1c) shows narrower terms instead of trials and changes. */
export async function readConditionView(
  { db, config }: WebDeps,
  wording: Wording,
  { subject, ...page }: { subject: ConditionSubject; asked: AskedList; typed: string; now: Instant },
): Promise<ConditionView> {
  const { condition, topics, narrower } = subject;
  const { asked, typed } = page;
  const isUmbrella = condition?.kind === 'umbrella';
  const isFirst = asked.after === null;
  const [list, changes, readings] = await Promise.all([
    isUmbrella ? null : readTrialList(db, wording, subject, page),
    isUmbrella || !isFirst ? [] : listNewestChanges(db, topics, changesRead),
    listRegistries(db),
  ]);
  const links = narrower.map((one) => linkTo(wording, one));
  const news = groupNews(wording, changes, config.defaultTimezone);
  return {
    subject,
    heading: wording.say('condition.heading', { name: wording.registryText(subject.name) }),
    looked: lookedFor(wording, subject, typed),
    otherHref: typed === '' ? null : `/search?other=${encodeURIComponent(typed)}`,
    isUmbrella,
    isListed: condition !== null && isNameKnown(condition.conceptId),
    box: followBox(
      wording,
      { kind: 'condition', words: subject.words, weeklyOnly: isUmbrella },
      list?.follow,
    ),
    filed: filedSentence(wording, subject),
    also: alsoCalled(wording, subject),
    phrases: subject.phrases.map((phrase) => wording.registryText(phrase)),
    narrower: links.slice(0, narrowerShown),
    narrowerMore: links.slice(narrowerShown),
    list,
    isPlain: isFirst && typed === '' && !isFiltered(asked) && asked.show === '',
    news: news.slice(0, newsOpen),
    newsMore: news.slice(newsOpen),
    read: readSentence(wording, readings, config.defaultTimezone),
    terms: attributions(wording, Object.keys(config.registries)).join(' '),
  };
}

/** The matched words: as typed, as we name them, and as the registry does, each only if it says more. */
function lookedFor(wording: Wording, { name, condition }: ConditionSubject, typed: string): string[] {
  const isNamedAlike = condition !== null && foldName(condition.term) === foldName(name);
  const named = { name: wording.registryText(name), term: wording.registryText(condition?.term ?? '') };
  const how = isNamedAlike || condition === null ? 'alike' : 'apart';
  if (typed !== '' && foldName(typed) !== foldName(name))
    return [
      wording.say('condition.typed', { words: quoteText(typed, 120) }),
      wording.say(`condition.looked.${how}`, named),
    ];
  return how === 'apart' ? [wording.say('condition.called', named)] : [];
}

/** Other names of the condition, those in the reader's language first. */
function alsoCalled(wording: Wording, { also, condition }: ConditionSubject): string | null {
  const own = condition ? namesInLanguage(wording.language, condition.conceptId) : [];
  const others = also.filter((name) => !own.some((one) => foldName(one) === foldName(name)));
  const names = [...own, ...others.map((name) => wording.registryText(name))];
  return names.length > 0 ? wording.say('condition.also', { names: names.join(', ') }) : null;
}

function filedSentence(wording: Wording, { condition, phrases, narrower }: ConditionSubject): string {
  if (!condition) return wording.say('condition.words', { words: phrases[0] ?? '' });
  return wording.say(narrower.length > 0 ? 'condition.filed' : 'condition.filed-no-narrower', {
    term: wording.registryText(condition.term),
    id: condition.conceptId,
  });
}
