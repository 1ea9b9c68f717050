import type { DigestChange } from '../digest-change.ts';
import type { Digest, DigestTrial, Reason, TrialCard } from '../digests/digest.ts';
import type { Elsewhere } from '../digests/elsewhere.ts';
import { fullYears, monthsBetween, type Warning, warningsFor } from '../digests/warnings.ts';
import { registryFacts } from '../registries.ts';
import type { FilterName } from '../subscriptions/filters.ts';
import type { Instant } from '../trial.ts';
import { wordsFor } from './change-sentences.ts';
import { cardStatusName } from './countries.ts';
import { firstFacts, headingsOf, indexLines, numbersInRuns } from './first-line.ts';
import { foldedLines } from './folds.ts';
import { shapeOf } from './shape/change-shape.ts';
import type { ChangeShape } from './shape/shape.ts';
import { siteShape } from './shape/site-shapes.ts';
import { groupSentence, groupSites } from './site-groups.ts';
import { factsLine } from './trial-facts.ts';
import { quoteRegistry, quoteText, statusName } from './values.ts';
import type { Wording } from './wording.ts';

/** The words about a trial and its changes that are the same for all readers. */
export type SharedWords = {
  id: string;
  registry: string;
  title: string;
  idLine: string;
  /** Each with its shape; a line that folds several has none. */
  changes: { shape: ChangeShape | null; sentence: string; nearest?: string; quote: string | null }[];
  /** Its records in other registries: each a line, with its news below. */
  elsewhere: ElsewhereWords[];
  /** Given once, even if several changes need it. */
  advice: string | null;
  /** Quick facts about a trial that is new to the reader. */
  facts: string | null;
  warnings: string[];
  /** The registry no longer has the record, so there is no link. */
  isGone: boolean;
  confirmed: string | null;
  /**
   * The paths of its page here, and of the comparison of its versions; the latter is null for a first
   * version.
   */
  page: string;
  compare: string | null;
};

/** Another registry's record of a trial in words. `page` is the path of its page here. */
export type ElsewhereWords = {
  line: string;
  changes: SharedWords['changes'];
  /** It also says what the card says above. */
  agrees: string | null;
  page: string;
};

/** One trial of a digest in words, in reading order. */
export type TrialWords = SharedWords & {
  /** For a followed trial that is finished: an offer to stop following it. */
  finished: string | null;
  why: string[];
  /** The subscription that brought it, which can be paused, made rarer or stopped. */
  subscriptionId: number | null;
};

/** A digest in words. `first` states the present facts; the subject names no trial and no condition (D6). */
export type DigestWords = {
  subject: string;
  first: string;
  data: string;
  /** Says that some changes have been held for a long time. */
  checking: string | null;
  /** Whom to talk to, if any trial calls for it: once for all of them (D9). */
  advice: string | null;
  /** With several trials, the kinds of news with the numbers of their trials, instead of `first`; else empty. */
  index: string[];
  /** With an index, why they came: each reason once, with the numbers of its trials (D3); else it stands at the trial. */
  reasons: string[];
  /** With many trials, the heading that begins at a trial; null where the one before goes on. */
  headings: (string | null)[];
  trials: TrialWords[];
};

/** From so many trials on, a digest has an index, and numbers. */
const indexedFrom = 3;
/** With more trials, each is shorter and kinds of news have headings. */
export const roomyUpTo = 5;

const reasonsShown = 3;
/** If the sponsor's confirmation is older than this many months, its age is given in years. */
const monthsSaid = 24;

/** Puts the part of a trial that is the same for all readers into words. Stable within one UTC day. */
export type SayShared = (wording: Wording, trial: SharedTrial, composedAt: Instant) => SharedWords;

/** A digest's trial without personal parts. */
export type SharedTrial = Omit<DigestTrial, 'reasons'>;

/** A digest in one language. Warnings are as of the instant of composing. */
export function digestWords(
  wording: Wording,
  digest: Digest,
  sayShared: SayShared = sharedWords,
): DigestWords {
  const trials = digest.trials.map((trial) => ({
    ...sayShared(wording, trial, digest.composedAt),
    ...ownWords(wording, trial, digest),
  }));
  const isIndexed = trials.length >= indexedFrom;
  return {
    subject: subjectFor(wording, digest),
    first: wording.say('digest.first', { facts: wording.list(firstFacts(wording, digest.trials)) }),
    data: wording.say('digest.data', {
      day: wording.date(digest.dataDay),
      moment: wording.moment(digest.readAt, digest.timezone),
    }),
    checking: digest.checking ? wording.say('digest.checking') : null,
    advice: adviceForAll(wording, trials),
    index: isIndexed ? indexLines(wording, digest.trials) : [],
    reasons: isIndexed ? reasonsByNumber(wording, trials) : [],
    headings:
      trials.length > roomyUpTo ? onlyFirst(headingsOf(wording, digest.trials)) : trials.map(() => null),
    trials,
  };
}

function adviceForAll(wording: Wording, trials: readonly TrialWords[]): string | null {
  const advice = trials.find((trial) => trial.advice !== null)?.advice ?? null;
  return advice !== null && trials.length > 1 ? wording.say('digest.advice') : advice;
}

/** Each reason once, with the numbers of the trials that it brought. */
function reasonsByNumber(wording: Wording, trials: readonly TrialWords[]): string[] {
  const numbers = new Map<string, number[]>();
  for (const [at, { why }] of trials.entries())
    for (const reason of why) numbers.set(reason, [...(numbers.get(reason) ?? []), at + 1]);
  return [...numbers].map(([reason, all]) => wording.say('digest.reason', { reason, ...numbersInRuns(all) }));
}

function onlyFirst(names: readonly string[]): (string | null)[] {
  return names.map((name, at) => (name === names[at - 1] ? null : name));
}

/**
 * A link from the page that stops all mails to the one where a single subscription is paused, made rarer or
 * stopped.
 */
export function linkToLess(
  unsubscribeUrl: string,
  { subscriptionId }: Pick<TrialWords, 'subscriptionId'>,
): string {
  return subscriptionId === null ? unsubscribeUrl : `${unsubscribeUrl}/${subscriptionId}`;
}

/** A subject that names the most important trial, for readers who chose plain subjects (D6). */
export function plainSubject(wording: Wording, digest: Digest): string {
  const title = quoteText(digest.trials[0]?.card.title ?? '', 90) || wording.say('card.no-title');
  return wording.say('digest.subject-plain', { title, others: digest.trials.length - 1 });
}

/** A warning in words (D4). */
export function warningSentence(wording: Wording, warning: Warning): string {
  if (warning.kind === 'never-verified') return wording.say('warning.never-verified');
  const date = wording.date(warning.date);
  if (warning.kind === 'unverified')
    return warning.months <= monthsSaid
      ? wording.say('warning.unverified', { date, months: warning.months })
      : wording.say('warning.unverified-years', { date, years: fullYears(warning.months) });
  return warning.status === 'UNKNOWN'
    ? wording.say(`warning.${warning.kind}-unknown`, { date })
    : wording.say(`warning.${warning.kind}`, { date, status: statusName(wording, warning.status) });
}

/** Why a reader gets news of a trial: what is followed, since when, and what matched (D3). */
export function sayReason(wording: Wording, reason: Reason, timezone: string): string {
  const since = wording.dayOf(reason.since, timezone);
  if (reason.match.by === 'trial') return wording.say('why.trial', { since });
  const words = quoteText(reason.words, 120);
  // A phrase has the reader's words, in any language; a heading has the registry's.
  const match =
    reason.match.by === 'phrase'
      ? quoteText(reason.match.words, 120)
      : quoteRegistry(wording, reason.match.words, 120);
  const why = wording.say(`why.${reason.match.by}`, { since, words, match });
  const unsaid = unsaidSentence(wording, reason.unsaid ?? []);
  return unsaid === null ? why : `${why} ${unsaid}`;
}

/** Names the filters that the record does not answer (M3); null if there are none. */
export function unsaidSentence(wording: Wording, names: readonly FilterName[]): string | null {
  const facts = names.map((name) => wording.say(`why.unsaid.${name}`));
  return facts.length === 0 ? null : wording.say('why.unsaid', { facts: wording.list(facts) });
}

/** The words about a trial that are the same for all readers. */
export function sharedWords(wording: Wording, trial: SharedTrial, composedAt: Instant): SharedWords {
  const { card, versions } = trial;
  const elsewhere = trial.elsewhere ?? [];
  const words = [trial, ...elsewhere].flatMap((one) =>
    one.changes.map((change) => wordsFor(wording, change, one.card)),
  );
  const folded = [trial, ...elsewhere].flatMap((one) => one.folded);
  const isGone = isRemoved(trial);
  const isNew = trial.changes.some((change) => change.kind === 'registered' || change.kind === 'entered');
  const status = cardStatusName(wording, card);
  const facts = isNew ? factsLine(wording, card) : '';
  const page = `/trials/${encodeURIComponent(card.id)}`;
  return {
    page,
    compare: versions && !isGone ? `${page}/compare?from=${versions.from}&to=${versions.to}` : null,
    id: card.id,
    registry: card.registry,
    title: quoteRegistry(wording, card.title) || wording.say('card.no-title'),
    isGone,
    idLine: isGone
      ? wording.say('card.id-removed', { id: card.id })
      : wording.say('card.id', { id: card.id, status }),
    changes: changesInWords(wording, trial),
    elsewhere: elsewhere.map((one) => elsewhereWords(wording, one)),
    advice:
      words.find(({ advice }) => advice !== null)?.advice ??
      (folded.some((line) => line.needsAdvice) ? wording.say('status.advice') : null),
    facts: facts || null,
    warnings: isGone ? [] : warningsFor(card, composedAt).map((warning) => warningSentence(wording, warning)),
    confirmed: confirmedLine(wording, card, composedAt),
  };
}

function changesInWords(
  wording: Wording,
  { card, changes, folded }: Pick<DigestTrial, 'card' | 'changes' | 'folded'>,
): SharedWords['changes'] {
  return [
    ...groupSites(changes).map((group) => groupWords(wording, group, card)),
    ...foldedLines(wording, folded).map((sentence) => ({ shape: null, sentence, quote: null })),
  ];
}

function elsewhereWords(wording: Wording, one: Elsewhere): ElsewhereWords {
  const { registry, id } = one.card;
  const values = {
    registry: registryFacts(registry)?.shortName ?? registry,
    id,
    status: cardStatusName(wording, one.card),
  };
  const isGone = one.changes.some((change) => change.kind === 'removed');
  return {
    line: wording.say(isGone ? 'digest.elsewhere.gone' : 'digest.elsewhere', values),
    changes: changesInWords(wording, one),
    agrees: one.agrees ? wording.say('digest.elsewhere.agrees') : null,
    page: `/trials/${encodeURIComponent(id)}`,
  };
}

/** The personal words: why the reader gets the news, and how to get less. */
function ownWords(wording: Wording, trial: DigestTrial, digest: Digest): Omit<TrialWords, keyof SharedWords> {
  const { card } = trial;
  // Two records of one trial that are followed since one day have the same reason.
  const reasons = [...new Set(trial.reasons.map((reason) => sayReason(wording, reason, digest.timezone)))];
  const unsaid = Math.max(0, reasons.length - reasonsShown);
  const brought = trial.reasons.find(({ kind }) => kind === 'trial') ?? trial.reasons[0];
  const isFinished = card.status === 'COMPLETED' && card.resultsPostedOn !== null && !isRemoved(trial);
  return {
    subscriptionId: brought?.subscriptionId ?? null,
    finished: brought?.kind === 'trial' && isFinished ? wording.say('digest.finished') : null,
    why: [
      ...reasons.slice(0, reasonsShown),
      ...(unsaid > 0 ? [wording.say('why.more', { count: unsaid })] : []),
    ],
  };
}

function isRemoved({ changes }: SharedTrial): boolean {
  return changes.some((change) => change.kind === 'removed');
}

function groupWords(
  wording: Wording,
  group: readonly DigestChange[],
  card: TrialCard,
): TrialWords['changes'][number] {
  const together = groupSentence(wording, group);
  if (together !== null) return { shape: siteShape(wording, group), sentence: together, quote: null };
  const [change] = group;
  if (!change) throw new Error('a group without a change');
  const { sentence, nearest, quote } = wordsFor(wording, change, card);
  return { shape: shapeOf(wording, change), sentence, ...(nearest === null ? {} : { nearest }), quote };
}

/**
 * When the sponsor last confirmed the record, and how long ago that was (D4); where nobody confirms records,
 * when it was last edited. Null if the record says neither.
 */
function confirmedLine(wording: Wording, card: TrialCard, now: Instant): string | null {
  const { registry, verifiedOn, lastUpdatePostedOn } = card;
  if (verifiedOn === null) {
    if (lastUpdatePostedOn === null || registryFacts(registry)?.isConfirmed) return null;
    return wording.say('card.edited', { date: wording.date(lastUpdatePostedOn) });
  }
  const date = wording.date(verifiedOn);
  const months = monthsBetween(verifiedOn, now);
  if (!(months >= 0)) return wording.say('card.confirmed', { date });
  if (months <= monthsSaid) return wording.say('digest.confirmed', { date, months });
  return wording.say('digest.confirmed-years', { date, years: fullYears(months) });
}

function subjectFor(wording: Wording, digest: Digest): string {
  const added = digest.trials.filter(isAdded).length;
  const changed = digest.trials.length - added;
  return wording.say('digest.subject', { added, changed, both: added > 0 && changed > 0 ? 'yes' : 'no' });
}

function isAdded({ kind, changes }: DigestTrial): boolean {
  return kind === 'entered' || changes.some((change) => change.kind === 'registered');
}
