import type { DigestChange } from '../../digest-change.ts';
import type { DigestTrial, TrialCard } from '../../digests/digest.ts';
import type { Elsewhere } from '../../digests/elsewhere.ts';
import { fullYears, monthsBetween, type Warning, warningsFor } from '../../digests/warnings.ts';
import { registryFacts } from '../../registries.ts';
import type { Instant } from '../../trial.ts';
import { wordsFor } from '../change-sentences.ts';
import { cardStatusName } from '../countries.ts';
import { shapeOf } from '../shape/change-shape.ts';
import type { ChangeShape } from '../shape/shape.ts';
import { siteShape } from '../shape/site-shapes.ts';
import { groupSentence, groupSites } from '../site-groups.ts';
import { factsLine } from '../trial-facts.ts';
import { quoteRegistry, statusName } from '../values.ts';
import type { Wording } from '../wording.ts';
import { foldedLines } from './folds.ts';

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

/** Puts the part of a trial that is the same for all readers into words. Stable within one UTC day. */
export type SayShared = (wording: Wording, trial: SharedTrial, composedAt: Instant) => SharedWords;

/** A digest's trial without personal parts. */
export type SharedTrial = Omit<DigestTrial, 'reasons'>;

/** If the sponsor's confirmation is older than this many months, its age is given in years. */
const monthsSaid = 24;

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
  return {
    line: wording.say(isRemoved(one) ? 'digest.elsewhere.gone' : 'digest.elsewhere', values),
    changes: changesInWords(wording, one),
    agrees: one.agrees ? wording.say('digest.elsewhere.agrees') : null,
    page: `/trials/${encodeURIComponent(id)}`,
  };
}

/** Whether a trial's news is that the registry no longer has its record. */
export function isRemoved({ changes }: Pick<SharedTrial, 'changes'>): boolean {
  return changes.some((change) => change.kind === 'removed');
}

function groupWords(
  wording: Wording,
  group: readonly DigestChange[],
  card: TrialCard,
): SharedWords['changes'][number] {
  const together = groupSentence(wording, group);
  if (together !== null) return { shape: siteShape(wording, group), sentence: together, quote: null };
  const [change] = group;
  if (!change) throw new Error('a group without a change');
  const { sentence, nearest, quote } = wordsFor(wording, change, card);
  return { shape: shapeOf(wording, change, card), sentence, ...(nearest === null ? {} : { nearest }), quote };
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
