import { listDueWebhooks } from '../db/integrations/webhooks.ts';
import { releaseLease, takeLease } from '../db/leases.ts';
import { messageOf } from '../errors.ts';
import type { Context } from './context.ts';
import { openQueueWatch } from './ops/queue-alarm.ts';

/** Jobs that are enqueued by the clock, with their minimum interval across all processes. */
const ticks = [
  // One request for the version unless the data has changed; a reading that was interrupted is soon resumed.
  { name: 'poll', everyMs: 900_000 },
  { name: 'plan', everyMs: 20_000 },
  { name: 'webhooks', everyMs: 15_000 },
  { name: 'bounces', everyMs: 120_000 },
  { name: 'sweep', everyMs: 30_000 },
] as const;

/**
 * How often a timer checks the queue's store, in milliseconds. A fault that two checks in a row find is mailed (O4).
 */
export const watchedEveryMs = 15_000;

/**
 * Enqueues jobs by plain timers in this process. Each tick takes a lease row for its period, so that several
 * processes enqueue a job once; none of this depends on the queue. Returns a function that stops the timers.
 */
export function startTicks(context: Context): () => Promise<void> {
  const running = new Set<Promise<unknown>>();
  const used = ticks.filter(({ name }) => name !== 'bounces' || context.config.bounceImapUrl !== null);
  const follow = (tick: string, work: Promise<unknown>) => {
    const followed: Promise<unknown> = work
      .catch((error) => context.log.warn({ tick, reason: messageOf(error) }, 'tick failed'))
      .finally(() => running.delete(followed));
    running.add(followed);
  };
  const timers = used.map(({ name, everyMs }) => {
    const tick = () => follow(name, enqueueOnce(context, name, everyMs));
    tick();
    return setInterval(tick, Math.min(everyMs, 15_000));
  });
  const watchQueue = openQueueWatch(context);
  timers.push(setInterval(() => follow('queue', watchQueue()), watchedEveryMs));
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(running);
  };
}

async function enqueueOnce(
  context: Context,
  name: (typeof ticks)[number]['name'],
  everyMs: number,
): Promise<void> {
  const lease = await takeLease(context.db, `tick:${name}`, context.holder, everyMs);
  if (!lease) return;
  // The queue's store is unavailable: the next timer in any process tries again.
  if (!(await enqueueFor(context, name))) await releaseLease(context.db, lease);
}

async function enqueueFor(context: Context, name: (typeof ticks)[number]['name']): Promise<boolean> {
  switch (name) {
    case 'poll':
      return context.enqueue(
        'poll',
        [...context.registries.keys()].map((registry) => ({ registry })),
      );
    case 'webhooks': {
      const due = await listDueWebhooks(context.db, context.now());
      return context.enqueue(
        'webhooks',
        due.map((webhookId) => ({ webhookId })),
      );
    }
    default:
      return context.enqueue(name, {});
  }
}
