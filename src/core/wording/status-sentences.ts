import type { Change, Json } from '../change.ts';
import type { TrialCard } from '../digests/digest.ts';
import { statusBucket } from '../weight.ts';
import { listingName } from './countries.ts';
import { quoteRegistry, reasonLength, statusName } from './values.ts';
import type { Wording } from './wording.ts';

/**
 * The sentence for a trial's status. A status that was or is unknown comes with the last known one, and with
 * the month since which the sponsor has been silent, if the record gives them.
 */
export function statusSentence(wording: Wording, change: Change): string {
  const { before, after, basis, listedAs = null, lastKnownStatus = null } = change;
  const names = {
    before: statusName(wording, before),
    after: listingName(wording, { status: after, listedAs }),
  };
  if (before !== 'UNKNOWN' && after !== 'UNKNOWN') {
    const dated = datedStatusSentence(wording, change);
    if (dated !== null) return dated;
    return wording.say(basis === 'countries' ? 'status.changed-by-countries' : 'status.changed', names);
  }
  const lastKnown = lastKnownStatus === null ? 'none' : statusName(wording, lastKnownStatus);
  if (after === 'UNKNOWN') {
    const values = { ...names, lastKnown: lastKnownStatus === before ? 'none' : lastKnown };
    return joinSentences(
      wording.say('status.became-unknown', values),
      silence(wording, change, 'status.silence.goes-on'),
    );
  }
  const main =
    lastKnownStatus === after
      ? wording.say('status.confirmed-again', names)
      : wording.say('status.known-again', { ...names, lastKnown });
  return joinSentences(main, silence(wording, change, 'status.silence.ended'));
}

const ended: readonly unknown[] = ['ACTIVE_NOT_RECRUITING', 'COMPLETED'];

/**
 * The sentence for a status that follows from a record's own dates: which day makes it, and the month of the
 * last edit, since nobody confirmed it on that day.
 */
function datedStatusSentence(wording: Wording, { before, after, dated }: Change): string | null {
  if (dated === undefined) return null;
  return wording.say('status.by-dates', {
    turn: turnOf(before, after, dated),
    on: wording.date(dated.on),
    edited: dated.editedOn === null ? 'none' : wording.date(dated.editedOn.slice(0, 7)),
    before: statusName(wording, before),
  });
}

/** The turn that a day makes. A completion taken back names the day still ahead of the record's last edit. */
function turnOf(before: Json, after: Json, { on, editedOn }: NonNullable<Change['dated']>): string {
  if (after === 'RECRUITING' && ended.includes(before)) return 'again';
  const isAhead = editedOn !== null && on >= editedOn.slice(0, on.length);
  return before === 'COMPLETED' && after === 'ACTIVE_NOT_RECRUITING' && isAhead ? 'on' : String(after);
}

/** Since when the sponsor has not confirmed the record; null for a change that was stored without it. */
function silence(wording: Wording, { verifiedOn }: Change, key: string): string | null {
  if (verifiedOn === undefined) return null;
  return wording.say(key, { since: verifiedOn === null ? 'none' : wording.date(verifiedOn) });
}

function joinSentences(...sentences: (string | null)[]): string {
  return sentences.filter((sentence) => sentence !== null).join(' ');
}

/** The sentence for a changed reason while the status stays. A pause is not a stop. */
export function reasonSentence(
  wording: Wording,
  { before, after }: Change,
  { status }: Pick<TrialCard, 'status'>,
): string {
  const bucket = statusBucket(status);
  const act = bucket === 'paused' || bucket === 'stopped' ? bucket : 'other';
  if (typeof before !== 'string' || before === '') return wording.say('status.reason-given', { act });
  const key = typeof after === 'string' && after !== '' ? 'status.reason-changed' : 'status.reason-dropped';
  return wording.say(key, { act, before: quoteRegistry(wording, before, reasonLength) });
}
