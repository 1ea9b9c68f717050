import type { Instant } from '../../src/core/trial.ts';

/**
 * A clock that several processes share: it runs faster than this machine's by `speed`, and is put forward in all of them.
 * `skewMs` is how far one of them is off.
 */
export type Clock = {
  startsAt: Instant;
  startedMs: number;
  speed: number;
  jumpedMs: number;
  skewMs: number;
};

/** A second of this machine is a minute of the clock: the ledger's pauses pass within a test. */
export const clockSpeed = 60;

/** Starts a clock. */
export function startClock(startsAt: Instant): Clock {
  return { startsAt, startedMs: Date.now(), speed: clockSpeed, jumpedMs: 0, skewMs: 0 };
}

/** The time that the clock shows. */
export function readClock(clock: Clock): Instant {
  const ran = (Date.now() - clock.startedMs) * clock.speed;
  return new Date(Date.parse(clock.startsAt) + ran + clock.jumpedMs + clock.skewMs).toISOString();
}
