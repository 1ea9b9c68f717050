import type { Context } from './jobs/context.ts';
import { readBounceMailbox } from './jobs/delivery/bounce-mailbox.ts';
import { sendJob } from './jobs/delivery/send-job.ts';
import { planTurn } from './jobs/digests/plan-turn.ts';
import { backFillHistory } from './jobs/ingest/back-fill.ts';
import { pollRegistry } from './jobs/ingest/poll.ts';
import { serveWebhook } from './jobs/integrations/deliver-webhooks.ts';
import { callHeartbeat } from './jobs/ops/alarms.ts';
import { doRequest } from './jobs/requests.ts';
import { noteClock } from './jobs/round.ts';
import { sweep } from './jobs/sweep.ts';
import { startTicks } from './jobs/ticks.ts';
import type { Queues } from './queue/open.ts';
import type { QueueName } from './queue/table.ts';
import type { Registry } from './registries/registry.ts';
import { enqueueReleased } from './use-cases/enqueue-released.ts';

/**
 * Runs the workers of the named queues, and the ticks that fill them. Returns a function that stops them and
 * waits for their current jobs.
 */
export function startWorkers(
  context: Context,
  queues: Queues,
  names: readonly QueueName[],
): () => Promise<void> {
  const running = names.map((name) => startHandling(queues, context, name));
  const stopTicks = startTicks(context);
  return async () => {
    await stopTicks();
    await Promise.all(running.map((one) => one.close()));
  };
}

function startHandling(queues: Queues, context: Context, name: QueueName) {
  switch (name) {
    case 'poll':
      return queues.work('poll', async ({ registry }, signal) => {
        const reader = context.registries.get(registry);
        if (!reader) return;
        await noteClock(context);
        const result = await pollRegistry(context, stoppable(reader, signal));
        if (result && result.figures.changes > 0) await enqueueReleased(context, context.now());
        if (result && result.outcome !== 'failed') await backFillHistory(context, reader, signal);
      });
    case 'plan':
      return queues.work('plan', (_payload, signal) => planTurn(context, signal));
    case 'send':
      return queues.work('send', (job, signal) => sendJob(context, job, signal));
    case 'requests':
      return queues.work('requests', ({ requestId }) => doRequest(context, requestId));
    case 'webhooks':
      return queues.work('webhooks', async ({ webhookId }, signal) => {
        await serveWebhook(context, webhookId, signal);
      });
    case 'bounces':
      return queues.work('bounces', async (_payload, signal) => {
        await readBounceMailbox(context, signal);
      });
    case 'sweep':
      return queues.work('sweep', async () => {
        if ((await sweep(context)).length === 0) await callHeartbeat(context);
      });
  }
}

/**
 * Wraps a registry so that it stops between two pages when `signal` aborts. Pages stored until then count as
 * a partial run.
 */
function stoppable(registry: Registry, signal: AbortSignal): Registry {
  return {
    ...registry,
    async *pages(...query) {
      for await (const page of registry.pages(...query)) {
        signal.throwIfAborted();
        yield page;
      }
    },
  };
}
