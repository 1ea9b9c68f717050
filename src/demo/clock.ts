import { addMs } from '../core/instants.ts';
import type { Instant } from '../core/trial.ts';

/** The clock of the demonstration: it stands where the story sets it, until it runs on. */
export type DemoClock = {
  now(): Instant;
  set(now: Instant): void;
  /** Lets it run with the time of this machine. */
  run(): void;
  /** Moves it forward by some milliseconds. */
  skip(ms: number): void;
};

/** Opens a clock that stands at an instant. */
export function openDemoClock(start: Instant): DemoClock {
  let base = start;
  let since: number | null = null;
  const now = () => (since === null ? base : addMs(base, Date.now() - since));
  return {
    now,
    set(next) {
      base = next;
    },
    run() {
      since = Date.now();
    },
    skip(ms) {
      base = addMs(base, ms);
    },
  };
}
