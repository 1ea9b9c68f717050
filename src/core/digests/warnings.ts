import { registryFacts } from '../registries.ts';
import type { Instant } from '../trial.ts';
import { statusBucket } from '../weight.ts';
import type { TrialCard } from './digest.ts';

/** A warning before a record is trusted (D4). `months` is its age in calendar months. */
export type Warning =
  | { kind: 'past-completion' | 'past-primary-completion'; date: string; status: TrialCard['status'] }
  | { kind: 'unverified'; date: string; months: number }
  | { kind: 'never-verified' };

/** The parts of a card that warnings depend on. */
export type WarnedCard = Pick<
  TrialCard,
  'registry' | 'status' | 'verifiedOn' | 'completionDate' | 'primaryCompletionDate'
>;

/** Sponsors must confirm a running trial's record at least once a year. */
const monthsUnverified = 12;

/** The warnings for a record at `now`. A trial that ended needs no confirmation, so it gets none. */
export function warningsFor(card: WarnedCard, now: Instant): Warning[] {
  const bucket = statusBucket(card.status);
  if (bucket === 'finished' || bucket === 'stopped' || bucket === 'withheld') return [];
  const warnings: Warning[] = [];
  const completion = card.completionDate ?? card.primaryCompletionDate;
  const kind = card.completionDate ? 'past-completion' : 'past-primary-completion';
  // Compares at the date's precision: `2026-11` is past when December has begun.
  if (completion && completion.date < now.slice(0, completion.date.length))
    warnings.push({ kind, date: completion.date, status: card.status });
  if (card.verifiedOn === null) {
    if (registryFacts(card.registry)?.isConfirmed) warnings.push({ kind: 'never-verified' });
  } else {
    const months = monthsBetween(card.verifiedOn, now);
    if (months > monthsUnverified) warnings.push({ kind: 'unverified', date: card.verifiedOn, months });
  }
  return warnings;
}

/** Calendar months from one day or month to another. */
export function monthsBetween(from: string, to: string): number {
  const months = (date: string) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
  return months(to) - months(from);
}

/**
 * The years that have certainly passed within this many calendar months: the day in the first month may be
 * unknown.
 */
export function fullYears(months: number): number {
  return Math.floor((months - 1) / 12);
}
