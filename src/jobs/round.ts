import { expireClaims, listDueDeliveries } from '../db/deliveries.ts';
import { noFigures, type RunFigures } from '../db/runs.ts';
import { readSetting, writeSetting } from '../db/settings.ts';
import { TrialbellError } from '../errors.ts';
import { callHeartbeat, checkAlarms } from './alarms.ts';
import type { Context } from './context.ts';
import { planDigests } from './plan.ts';
import { type PollResult, pollRegistry } from './poll.ts';
import { sendDelivery } from './send.ts';

/** What `once --json` prints. */
export type RoundResult = {
  registries: Record<string, { outcome: PollResult['outcome'] } & RunFigures>;
  digests: { planned: number; sent: number; deferred: number; failed: number; ambiguous: number };
};

/** Why registries failed or were cut short, in words, beside the round's result. */
export type Round = { result: RoundResult; reasons: string[]; ok: boolean };

const sendBatch = 1_000;
const sendersAtOnce = 4;

/**
 * One whole round, inline: poll, compare, plan every digest that is due, send what is owed. No queue, no retention work.
 * Throws a TrialbellError when the clock stands before the last round's.
 */
export async function runRound(context: Context, registryIds: string[]): Promise<Round> {
  await refuseEarlierClock(context);
  const result: RoundResult = {
    registries: {},
    digests: { planned: 0, sent: 0, deferred: 0, failed: 0, ambiguous: 0 },
  };
  const reasons: string[] = [];
  for (const id of registryIds.length > 0 ? registryIds : context.registries.keys()) {
    const registry = context.registries.get(id);
    if (!registry) {
      const known = [...context.registries.keys()].join(', ');
      throw new TrialbellError(`There is no registry "${id}". Choose from: ${known}.`, { exitCode: 2 });
    }
    const polled = await pollRegistry(context, registry);
    result.registries[id] = { outcome: polled?.outcome ?? 'partial', ...(polled?.figures ?? noFigures) };
    const reason = polled ? polled.reason : `Another process reads ${registry.name} now.`;
    if (reason) reasons.push(reason);
  }
  const planned = await planDigests(context);
  result.digests.planned = planned.deliveryIds.length;
  result.digests.failed = planned.failed;
  await expireClaims(context.db);
  await sendAllDue(context, result.digests);
  await checkAlarms(context);
  const outcomes = Object.values(result.registries).map(({ outcome }) => outcome);
  const ok =
    !outcomes.some((outcome) => outcome === 'failed' || outcome === 'partial') &&
    result.digests.failed + result.digests.ambiguous === 0;
  if (ok) await callHeartbeat(context);
  return { result, reasons, ok };
}

async function sendAllDue(context: Context, counts: RoundResult['digests']): Promise<void> {
  const tried = new Set<number>();
  for (;;) {
    const due = (await listDueDeliveries(context.db, context.now(), sendBatch)).filter(
      (id) => !tried.has(id),
    );
    if (due.length === 0) return;
    const queue = due.values();
    const sender = async () => {
      for (const id of queue) {
        tried.add(id);
        const phase = await sendDelivery(context, id);
        if (phase === 'sent') counts.sent += 1;
        if (phase === 'retry') counts.deferred += 1;
        if (phase === 'failed') counts.failed += 1;
        if (phase === 'ambiguous') counts.ambiguous += 1;
      }
    };
    await Promise.all(Array.from({ length: sendersAtOnce }, sender));
  }
}

async function refuseEarlierClock(context: Context): Promise<void> {
  const now = context.now();
  const last = await readSetting(context.db, 'last-round-at');
  if (last !== null && now < last) {
    throw new TrialbellError(
      `The last round counted as ${last}; a round cannot go back to ${now}. Give a later --as-of.`,
      {
        exitCode: 2,
      },
    );
  }
  await writeSetting(context.db, 'last-round-at', now);
}
