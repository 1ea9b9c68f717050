import type { Instant } from '../trial.ts';

/** A mail that an address refused. It is doubtful if a living mailbox would hardly have refused it. */
export type RefusedMail = { isDoubtful: boolean; writtenAt: Instant };

const dayMs = 24 * 3_600_000;
const mostDoubtful = 3;
/**
 * Numbers of mails in a row, and the minimum days that they span. Daily, weekly and rarer readers all reach
 * one of these limits.
 */
const limits = [
  { mails: 5, days: 14 },
  { mails: 3, days: 56 },
];

/**
 * Decides whether to give up an address after a row of refused mails, in any order (B3). Returns the reason
 * for admins, or null to go on.
 */
export function giveUpAfter(refused: readonly RefusedMail[]): string | null {
  const written = refused.map(({ writtenAt }) => writtenAt).sort();
  const [first = '', last = ''] = [written[0], written.at(-1)];
  const days = (Date.parse(last) - Date.parse(first)) / dayMs;
  const isOver =
    refused.filter(({ isDoubtful }) => isDoubtful).length >= mostDoubtful ||
    limits.some((limit) => refused.length >= limit.mails && days >= limit.days);
  if (!isOver) return null;
  return `${refused.length} emails in a row were refused, written from ${first.slice(0, 10)} to ${last.slice(0, 10)}.`;
}
