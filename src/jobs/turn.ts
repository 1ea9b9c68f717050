import type { Instant } from '../core/trial.ts';

/** How long one tick's work goes on before it leaves the rest to the next one, in milliseconds. */
const turnMs = 10_000;

/** Says whether a turn that begins now is over, by the clock given. */
export type Turn = () => boolean;

/** Begins a turn: what has no room in it is left for the next one. */
export function beginTurn(now: () => Instant): Turn {
  const endsAt = Date.parse(now()) + turnMs;
  return () => Date.parse(now()) >= endsAt;
}
