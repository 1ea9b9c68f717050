import type { Change, Json } from '../change.ts';
import type { DigestChange } from '../digest-change.ts';
import { needsAdvice } from '../digests/advice.ts';
import type { TrialCard } from '../digests/digest.ts';
import { registryName } from '../registries.ts';
import { mayHaveStopped, statusBucket } from '../weight.ts';
import { countrySentence } from './countries.ts';
import { dateSentence } from './format-dates.ts';
import { linkedSentence } from './linked-sentences.ts';
import { nearestSentence, siteWithDistance } from './near.ts';
import { otherSentence } from './others.ts';
import { reasonSentence, statusSentence } from './status-sentences.ts';
import { isCut, quoteRegistry, reasonLength, statusName } from './values.ts';
import type { Wording } from './wording.ts';

/** The parts of a trial's present state that sentences may need. A whole Trial fits, and so does a card. */
export type SentenceCard = Pick<TrialCard, 'registry' | 'status' | 'firstPostedOn'>;

/**
 * One change in words: a sentence with old and new values, the sponsor's own words, and the advice that must
 * accompany it.
 */
export type ChangeWords = {
  sentence: string;
  /** The nearest recruiting site, for a reader who chose a place. */
  nearest: string | null;
  quote: string | null;
  advice: string | null;
};

/** All words about a change in one text: sentence, quotation, advice. */
export function sentenceFor(wording: Wording, change: Change, card: SentenceCard): string {
  const { sentence, nearest, quote, advice } = wordsFor(wording, change, card);
  return [sentence, nearest, quote && endSentence(quote), advice].filter((part) => part !== null).join(' ');
}

/** Ends a quotation with a full stop if another sentence follows, unless it already has one. */
function endSentence(quote: string): string {
  return /[.!?…]["”»]?$/.test(quote) ? quote : `${quote}.`;
}

/**
 * A change in words, in parts. States facts with old and new values; no code, no promise, no verdict (D2,
 * D9). Adds the distance for a reader who chose a place.
 */
export function wordsFor(wording: Wording, change: DigestChange, card: SentenceCard): ChangeWords {
  return {
    sentence: mainSentence(wording, change, card),
    nearest: nearestSentence(wording, change),
    quote: quoteFor(wording, change),
    advice: needsAdvice(change, card.status) ? wording.say('status.advice') : null,
  };
}

function mainSentence(wording: Wording, change: DigestChange, card: SentenceCard): string {
  switch (change.facet) {
    case 'status':
      return change.kind === 'status'
        ? statusSentence(wording, change)
        : reasonSentence(wording, change, card);
    case 'sites':
      return change.site ? siteSentence(wording, change) : manySitesSentence(wording, change);
    case 'countries':
      return countrySentence(wording, change);
    case 'dates':
      return dateSentence(wording, change, card);
    case 'results':
      return resultsSentence(wording, change);
    case 'expanded-access':
      return accessSentence(wording, change);
    case 'registration':
      return registrationSentence(wording, change, card);
    case 'enrollment':
      return wording.say('enrollment.changed', {
        before: enrollmentName(wording, change.before),
        after: enrollmentName(wording, change.after),
      });
    case 'documents':
      return linkedSentence(wording, change);
    case 'contacts':
      return wording.say('other.contacts');
    default:
      return otherSentence(wording, change);
  }
}

function quoteFor(wording: Wording, change: Change): string | null {
  if (change.facet !== 'status' && change.facet !== 'expanded-access') return null;
  const isReason = change.kind === 'why-stopped';
  if (!isReason && !mayHaveStopped(change.after)) return null;
  const words = isReason ? change.after : change.whyStopped;
  if (typeof words === 'string' && words !== '') {
    const key = isCut(words, reasonLength) ? 'status.reason-cut' : 'status.reason';
    return wording.say(key, { words: quoteRegistry(wording, words, reasonLength) });
  }
  const bucket = statusBucket(change.after);
  // Beside statuses by country there is no field for a reason.
  const hasField = change.basis !== 'countries';
  const owesReason = hasField && change.kind === 'status' && (bucket === 'paused' || bucket === 'stopped');
  return owesReason ? wording.say('status.no-reason') : null;
}

function siteSentence(wording: Wording, change: DigestChange): string {
  const site = change.site ? siteWithDistance(wording, change.site, change.near) : '';
  const name = (status: Json) => statusName(wording, status);
  if (change.kind === 'site-added')
    return change.after === null
      ? wording.say('site.added-without-status', { site })
      : wording.say('site.added', { site, status: name(change.after) });
  if (change.kind === 'site-removed')
    return change.before === null
      ? wording.say('site.removed-without-status', { site })
      : wording.say('site.removed', { site, status: name(change.before) });
  return wording.say('site.status', { site, before: name(change.before), after: name(change.after) });
}

function manySitesSentence(wording: Wording, { before, after, count = 0, statuses }: Change): string {
  const values = { count, before: statusName(wording, before), after: statusName(wording, after) };
  // Sites have a status only while their trial recruits; the trial's own line says what that means.
  if (after === null) return wording.say('site.many-cleared', values);
  if (!statuses) return wording.say(before === null ? 'site.many-opened' : 'site.many', values);
  const parts = Object.entries(statuses).map(([status, counted]) =>
    wording.say('site.count-by-status', { count: counted, status: statusName(wording, status) }),
  );
  const mixed = { ...values, statuses: wording.list(parts) };
  return wording.say(before === null ? 'site.many-mixed-opened' : 'site.many-mixed', mixed);
}

function resultsSentence(wording: Wording, change: Change): string {
  const { kind, before, after } = change;
  const day = (value: Json) => (typeof value === 'string' ? wording.date(value) : 'none');
  const days = { before: day(before), after: day(after) };
  const isState = (value: Json) => value === 'posted' || value === 'partial';
  const state = (value: Json) => (isState(value) ? String(value) : 'none');
  const states = { before: state(before), after: state(after) };
  switch (kind) {
    case 'results-updated':
      return wording.say('results.updated');
    case 'results-posted':
      if (isState(before) || isState(after)) return wording.say('results.state', states);
      return wording.say(after === null ? 'results.withdrawn' : 'results.posted');
    case 'results-delayed':
      return wording.say(after === null ? 'results.delay-dropped' : 'results.delayed', days);
    case 'posting-delayed':
      return wording.say(after === true ? 'results.posting-delayed' : 'results.posting-not-delayed');
    case 'violation-listed':
      return wording.say(after === true ? 'violation.listed' : 'violation.not-listed');
    case 'results-submitted':
      return wording.say(after === null ? 'results.sent-dropped' : 'results.submitted', days);
    default:
      return linkedSentence(wording, change);
  }
}

/** A record that became expanded access, or no longer is, is described by its statuses. */
function accessSentence(wording: Wording, change: Change): string {
  const [before, after] = [accessName(wording, change.before), accessName(wording, change.after)];
  if (before === null || after === null) return statusSentence(wording, change);
  return wording.say('access.changed', { before, after, record: change.record ?? 'none' });
}

/** Whether treatment outside a trial is offered; null for a status that does not belong to expanded access. */
export function accessName(wording: Wording, value: Json): string | null {
  if (value === true) return wording.say('access.yes');
  if (value === false) return wording.say('access.no');
  if (typeof value !== 'string') return wording.say('access.none');
  return wording.has(`access.${value}`) ? wording.say(`access.${value}`) : null;
}

function registrationSentence(wording: Wording, { kind }: Change, card: SentenceCard): string {
  const status = statusName(wording, card.status);
  if (kind === 'removed' || kind === 'returned')
    return wording.say(`registration.${kind}`, { registry: registryName(card.registry) });
  const posted = card.firstPostedOn ? wording.date(card.firstPostedOn) : 'none';
  return wording.say(`registration.${kind}`, kind === 'registered' ? { status, posted } : { status });
}

/** A number of participants in words, as planned or actual. */
export function enrollmentName(wording: Wording, value: Json): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return wording.say('enrollment.none');
  const { count, type } = value;
  if (typeof count !== 'number') return wording.say('enrollment.none');
  const key = type === 'ACTUAL' || type === 'ESTIMATED' ? type : 'plain';
  return wording.say(`enrollment.value.${key}`, { count });
}
