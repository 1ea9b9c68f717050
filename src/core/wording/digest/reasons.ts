import type { ListReason, Reason } from '../../digests/digest.ts';
import type { FilterName } from '../../subscriptions/filters.ts';
import { quoteRegistry, quoteText } from '../values.ts';
import type { Wording } from '../wording.ts';

/** Why a reader gets news of a trial: what is followed, since when, what matched, and the list that it is on (D3). */
export function sayReason(
  wording: Wording,
  reason: Reason,
  timezone: string,
  list: ListReason | null = null,
): string {
  const own = sayOwnReason(wording, reason, timezone);
  return list === null ? own : `${own} ${sayList(wording, list)}`;
}

/** The list that brought something, in its owner's words. */
function sayList(wording: Wording, list: ListReason): string {
  const name = nameList(wording, list);
  const reason = quoteText(list.reason, 300);
  const on = wording.say('why.list', { name });
  return reason === '' ? on : `${on} ${wording.say('why.list.reason', { reason })}`;
}

/** A list by its name, and the organization that it is said to be from. */
export function nameList(
  wording: Wording,
  { name, organization }: Pick<ListReason, 'name' | 'organization'>,
): string {
  const said = quoteText(name);
  return organization === ''
    ? said
    : wording.say('list.name.by', { name: said, organization: quoteText(organization) });
}

function sayOwnReason(wording: Wording, reason: Reason, timezone: string): string {
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
