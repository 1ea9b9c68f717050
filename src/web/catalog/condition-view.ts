import type { TrialCard } from '../../core/digests/digest.ts';
import { warningsFor } from '../../core/digests/warnings.ts';
import { namesInLanguage } from '../../core/matching/foreign-words.ts';
import { isNameKnown } from '../../core/matching/named-concepts.ts';
import { groupOfStatus, type StatusGroup, statusesOfGroup, statusGroups } from '../../core/status-groups.ts';
import { foldName } from '../../core/text/folding.ts';
import type { Instant, TrialStatus } from '../../core/trial.ts';
import { statusBucket } from '../../core/weight.ts';
import { warningSentence } from '../../core/wording/digest.ts';
import { attributions } from '../../core/wording/sources.ts';
import { factsLine } from '../../core/wording/trial-facts.ts';
import { quoteRegistry, statusName } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { type ListKey, readTrialsAbout, type TrialsAbout } from '../../db/catalog/condition-pages.ts';
import { listNewestChanges } from '../../db/catalog/feeds.ts';
import { listRegistries } from '../../db/ingest/registries.ts';
import { type FollowBox, followBox } from '../follow/follow-box.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf, linkTo, readSentence } from '../shared/condition-links.ts';
import type { ConditionSubject } from './condition-subject.ts';
import { groupNews, type NewsItem } from './news.ts';

const trialsOnAPage = 20;
const changesRead = 80;
const narrowerShown = 12;

type Link = { href: string; name: string; count: string };

/** A trial in a list, in words. */
export type ListedTrial = {
  href: string;
  id: string;
  title: string;
  status: string;
  bucket: string;
  facts: string;
  confirmed: string | null;
  warnings: string[];
};

/** Everything that a condition page shows. */
export type ConditionView = {
  subject: ConditionSubject;
  heading: string;
  isUmbrella: boolean;
  /** Its phrases are searched for in every trial, followed or not. */
  isListed: boolean;
  box: FollowBox;
  filed: string | null;
  also: string | null;
  phrases: string[];
  narrower: Link[];
  narrowerMore: Link[];
  total: number;
  groups: (Link & { group: StatusGroup; isShown: boolean })[];
  show: StatusGroup;
  showName: string;
  trials: ListedTrial[];
  isFirst: boolean;
  firstHref: string;
  nextHref: string | null;
  unknown: { href: string; text: string } | null;
  news: NewsItem[];
  read: string;
  /** What the registries' terms ask to be said (X12). */
  terms: string;
};

/** Reads a condition page. An umbrella term (M1c) shows narrower terms instead of trials and changes. */
export async function readConditionView(
  { db, config }: WebDeps,
  wording: Wording,
  asked: { subject: ConditionSubject; show: StatusGroup; after: ListKey | null; now: Instant },
): Promise<ConditionView> {
  const { subject, show, after, now } = asked;
  const { condition, topics, narrower } = subject;
  const isUmbrella = condition?.kind === 'umbrella';
  const page = { after, atMost: trialsOnAPage };
  const none: TrialsAbout = { counts: new Map(), cards: [], next: null };
  const [{ counts, cards, next }, changes, readings] = await Promise.all([
    isUmbrella ? none : readTrialsAbout(db, topics, statusesOfGroup(show), page),
    isUmbrella || after ? [] : listNewestChanges(db, topics, changesRead),
    listRegistries(db),
  ]);
  const address = addressOf(subject.slug);
  const groups = countGroups(counts).map(({ group, count }) => ({
    group,
    href: group === 'recruiting' ? address : `${address}?show=${group}`,
    name: wording.say(`condition.group.${group}`),
    count: wording.say('find.count', { count }),
    isShown: group === show,
  }));
  const links = narrower.map((one) => linkTo(wording, one));
  const showHref = show === 'recruiting' ? `${address}?` : `${address}?show=${show}&`;
  return {
    subject,
    heading: wording.say('condition.heading', { name: wording.registryText(subject.name) }),
    isUmbrella,
    isListed: condition !== null && isNameKnown(condition.conceptId),
    box: followBox(wording, { kind: 'condition', words: subject.words, weeklyOnly: isUmbrella }),
    filed: filedSentence(wording, subject),
    also: alsoCalled(wording, subject),
    phrases: subject.phrases.map((phrase) => wording.registryText(phrase)),
    narrower: links.slice(0, narrowerShown),
    narrowerMore: links.slice(narrowerShown),
    total: isUmbrella ? condition.count : [...counts.values()].reduce((sum, count) => sum + count, 0),
    groups,
    show,
    showName: wording.say(`condition.group.${show}`),
    trials: cards.map((card) => listedTrial(wording, card, now)),
    isFirst: after === null,
    firstHref: show === 'recruiting' ? address : `${address}?show=${show}`,
    nextHref: next ? `${showHref}after=${next.verified}_${next.id}` : null,
    unknown: show === 'unknown' ? null : unknownLink(wording, address, counts.get('UNKNOWN') ?? 0),
    news: groupNews(wording, changes, config.defaultTimezone),
    read: readSentence(wording, readings, config.defaultTimezone),
    terms: attributions(wording, Object.keys(config.registries)).join(' '),
  };
}

function unknownLink(wording: Wording, address: string, count: number): ConditionView['unknown'] {
  if (count === 0) return null;
  const text = wording.say('condition.unknown-apart.link', { count });
  return { href: `${address}?show=unknown`, text };
}

function countGroups(counts: ReadonlyMap<TrialStatus, number>): { group: StatusGroup; count: number }[] {
  const sums = new Map<StatusGroup, number>();
  for (const [status, count] of counts) {
    const group = groupOfStatus(status);
    sums.set(group, (sums.get(group) ?? 0) + count);
  }
  return statusGroups.flatMap((group) => {
    const count = sums.get(group) ?? 0;
    return count > 0 ? [{ group, count }] : [];
  });
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

/** A trial of a list in words, with warnings about its record. */
function listedTrial(wording: Wording, card: TrialCard, now: Instant): ListedTrial {
  return {
    href: `/trials/${encodeURIComponent(card.id)}`,
    id: card.id,
    title: quoteRegistry(wording, card.title) || wording.say('card.no-title'),
    status: statusName(wording, card.status),
    bucket: dataBucket(card.status),
    facts: factsLine(wording, card),
    confirmed:
      card.verifiedOn === null
        ? null
        : wording.say('card.confirmed', { date: wording.date(card.verifiedOn) }),
    warnings: warningsFor(card, now).map((warning) => warningSentence(wording, warning)),
  };
}

/** The stylesheet's name for a status's bucket. */
function dataBucket(status: TrialStatus): string {
  const bucket = statusBucket(status);
  return bucket === 'opened' ? 'open' : bucket;
}
