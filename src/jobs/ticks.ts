import { takeLease } from '../db/leases.ts';
import { messageOf } from '../errors.ts';
import type { Context } from './context.ts';

/** What is rung by the clock, and how often at most across all processes. */
const ticks = [
  { name: 'poll', everyMs: 3_600_000 },
  { name: 'plan', everyMs: 20_000 },
  { name: 'sweep', everyMs: 30_000 },
] as const;

/**
 * Rings by plain timers in this process. Each tick takes a lease row for its period, so that several processes ring once;
 * nothing of it lives in the queue. Returns how to stop.
 */
export function startTicks(context: Context): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  const timers = ticks.map(({ name, everyMs }) => {
    const tick = () => {
      running = ringOnce(context, name, everyMs).catch((error) => {
        context.log.warn({ tick: name, reason: messageOf(error) }, 'not rung');
      });
    };
    tick();
    return setInterval(tick, Math.min(everyMs, 15_000));
  });
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await running;
  };
}

async function ringOnce(
  context: Context,
  name: (typeof ticks)[number]['name'],
  everyMs: number,
): Promise<void> {
  if (!(await takeLease(context.db, `tick:${name}`, context.holder, everyMs))) return;
  if (name === 'poll') {
    for (const registry of context.registries.keys()) await context.ring('poll', { registry });
  } else {
    await context.ring(name, {});
  }
}
