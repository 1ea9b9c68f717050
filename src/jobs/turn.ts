import type { Instant } from '../core/trial.ts';

/** How long one tick works before it leaves the rest to the next one, in milliseconds. */
const turnMs = 10_000;

/** Whether a turn is over, by the given clock. */
export type Turn = () => boolean;

/** Begins a turn. */
export function beginTurn(now: () => Instant): Turn {
  const endsAt = Date.parse(now()) + turnMs;
  return () => Date.parse(now()) >= endsAt;
}
