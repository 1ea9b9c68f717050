import type { Digest, DigestTrial, ListReason } from '../../digests/digest.ts';
import { linkNumber } from '../../digests/stored-digest.ts';
import { quoteText } from '../values.ts';
import type { Wording } from '../wording.ts';
import { firstFacts, headingsOf, indexLines, numbersInRuns } from './first-line.ts';
import { sayReason } from './reasons.ts';
import { isRemoved, type SayShared, type SharedWords, sharedWords } from './trial-words.ts';

/** One trial of a digest in words, in reading order. */
export type TrialWords = SharedWords & {
  /** For a followed trial that is finished: an offer to stop following it. */
  finished: string | null;
  why: string[];
  /** The subscription that brought it, which can be paused, made rarer or stopped. */
  subscriptionId: number | null;
  /** If a condition brought it: its number in the link by which the reader says that it does not fit. */
  misfit: number | null;
};

/** A digest in words. `first` states the present facts; the subject names no trial and no condition (D6). */
export type DigestWords = {
  subject: string;
  first: string;
  data: string;
  /** Says that some changes have been held for a long time. */
  checking: string | null;
  /** Says that some of it waited for the reader's weekly limit. */
  waited: string | null;
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
/** A digest in one language. Warnings are as of the instant of composing. `lists`: those that brought it, by subscription. */
export function digestWords(
  wording: Wording,
  digest: Digest,
  sayShared: SayShared = sharedWords,
  lists: ReadonlyMap<number, ListReason> = new Map(),
): DigestWords {
  const trials = digest.trials.map((trial, at) => ({
    ...sayShared(wording, trial, digest.composedAt),
    ...ownWords(wording, trial, digest, lists),
    misfit: trial.reasons.some(({ kind }) => kind === 'condition') ? linkNumber(trial, at) : null,
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
    waited: digest.waited === undefined ? null : wording.say('digest.waited'),
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

/** A link to the page that says why a trial came and takes it back; null for a trial that is followed by itself. */
export function linkToMisfit(
  base: string,
  digestToken: string,
  { misfit }: Pick<TrialWords, 'misfit'>,
): string | null {
  return misfit === null ? null : `${base}/w/${encodeURIComponent(digestToken)}/${misfit}`;
}

/** A subject that names the most important trial, for readers who chose plain subjects (D6). */
export function plainSubject(wording: Wording, digest: Digest): string {
  const title = quoteText(digest.trials[0]?.card.title ?? '', 90) || wording.say('card.no-title');
  return wording.say('digest.subject-plain', { title, others: digest.trials.length - 1 });
}

/** The personal words: why the reader gets the news, and how to get less. */
function ownWords(
  wording: Wording,
  trial: DigestTrial,
  digest: Digest,
  lists: ReadonlyMap<number, ListReason>,
): Omit<TrialWords, keyof SharedWords | 'misfit'> {
  const { card } = trial;
  // Two records of one trial that are followed since one day have the same reason.
  const said = trial.reasons.map((reason) =>
    sayReason(wording, reason, digest.timezone, lists.get(reason.subscriptionId)),
  );
  const reasons = [...new Set(said)];
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

function subjectFor(wording: Wording, digest: Digest): string {
  const added = digest.trials.filter(isAdded).length;
  const changed = digest.trials.length - added;
  return wording.say('digest.subject', { added, changed, both: added > 0 && changed > 0 ? 'yes' : 'no' });
}

function isAdded({ kind, changes }: DigestTrial): boolean {
  return kind === 'entered' || changes.some((change) => change.kind === 'registered');
}
