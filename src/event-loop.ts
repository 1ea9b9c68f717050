import { setImmediate } from 'node:timers/promises';
import type { Steps } from './core/sites/steps.ts';

/** After this time, in milliseconds, long work lets what waits in the event loop go first. */
const longestMs = 25;

let lastTurnAt = 0;

/** Between two pieces of long work: lets timers and sockets have their turn when none was given here for a while. */
export async function takeTurns(): Promise<void> {
  if (performance.now() - lastTurnAt <= longestMs) return;
  await setImmediate();
  lastTurnAt = performance.now();
}

/** Does all steps. Lets timers and sockets have their turn when none was given here for a while. */
export async function doInTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    if (performance.now() - lastTurnAt > longestMs) await takeTurns();
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Makes a function that does at most `most` works at once; further ones wait, and begin in the order of their calls. */
export function limitAtOnce(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (work) => {
    if (busy < most) busy += 1;
    else await new Promise<void>((begin) => waiting.push(begin));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else busy -= 1;
    }
  };
}
