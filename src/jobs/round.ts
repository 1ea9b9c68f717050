import { setTimeout as sleep } from 'node:timers/promises';
import { noFigures, type RunFigures } from '../core/run-figures.ts';
import { listDueDeliveries, nextPacedMs } from '../db/delivery/deliveries.ts';
import { fillTrialMarks } from '../db/maintenance/fill-trial-marks.ts';
import { packVersions } from '../db/maintenance/pack-versions.ts';
import type { Phase } from '../db/schema.ts';
import { readSetting, writeSetting } from '../db/settings.ts';
import { TrialbellError } from '../errors.ts';
import { chooseRegistry } from '../registries/registry.ts';
import { resumePaused } from '../use-cases/subscriptions/change-state.ts';
import { syncLists } from '../use-cases/subscriptions/sync-lists.ts';
import type { Context } from './context.ts';
import { readBounceMailbox } from './delivery/bounce-mailbox.ts';
import { trySending } from './delivery/send.ts';
import { planDigests } from './digests/plan.ts';
import { planNotes } from './digests/plan-notes.ts';
import { planReports } from './digests/plan-reports.ts';
import { adoptClock } from './ingest/adopt-clock.ts';
import { backFillHistory } from './ingest/back-fill.ts';
import { type PollResult, pollRegistry } from './ingest/poll.ts';
import { serveDueWebhooks } from './integrations/deliver-webhooks.ts';
import { callHeartbeat, checkAlarms } from './ops/alarms.ts';
import { doDueRequests } from './requests.ts';
import { settleDoubts } from './sweep.ts';
import { beginTurn } from './turn.ts';

/** The output of `once --json`. */
export type RoundResult = {
  registries: Record<string, { outcome: PollResult['outcome'] } & RunFigures>;
  digests: { planned: number; sent: number; deferred: number; failed: number; ambiguous: number };
};

/** The result of a round, with the reasons why registries failed or were interrupted. */
export type Round = { result: RoundResult; reasons: string[]; ok: boolean };

const sendBatch = 1_000;
const sendersAtOnce = 8;
const longestPauseMs = 5_000;

/**
 * Runs one complete round inline: polls, compares, plans every due digest, sends every due mail. Uses no
 * queue, and does no retention work. Throws a TrialbellError if the clock is before the last round's.
 */
export async function runRound(context: Context, registryIds: string[]): Promise<Round> {
  const registries = (registryIds.length > 0 ? registryIds : [...context.registries.keys()]).map((id) =>
    chooseRegistry(context.registries, id),
  );
  await refuseEarlierClock(context);
  await adoptClock(context);
  const result: RoundResult = {
    registries: {},
    digests: { planned: 0, sent: 0, deferred: 0, failed: 0, ambiguous: 0 },
  };
  const reasons: string[] = [];
  const phases = new Map<number, Phase | null>();
  // Admins are notified of an alarm at once.
  const raiseAlarms = async () => {
    await checkAlarms(context);
    await sendAllDue(context, phases);
  };
  try {
    for (const registry of registries) {
      const polled = await pollRegistry(context, registry);
      result.registries[registry.id] = {
        outcome: polled?.outcome ?? 'partial',
        ...(polled?.figures ?? noFigures),
      };
      const reason = polled ? polled.reason : `Another process is reading ${registry.name}.`;
      if (reason) reasons.push(reason);
    }
    await readBounceMailbox(context);
    await doDueRequests(context);
    await resumePaused(context.db, context.now());
    await syncLists(context.db, context.now());
    const planned = await planDigests(context);
    result.digests.planned = planned.deliveryIds.length;
    result.digests.failed = planned.failed;
    await planNotes(context);
    await planReports(context);
    await settleDoubts(context);
    await sendAllDue(context, phases);
    await serveDueWebhooks(context);
    await fillTrialMarks(context.db, beginTurn(context.now));
    await packVersions(context.db, beginTurn(context.now));
    for (const registry of registries) await backFillHistory(context, registry);
  } catch (error) {
    // If a crontab runs the rounds, nothing else raises the alarm. A fault in it must not hide the first error.
    await raiseAlarms().catch(() => {});
    throw error;
  }
  await raiseAlarms();
  const count = (wanted: Phase) => [...phases.values()].filter((phase) => phase === wanted).length;
  result.digests.sent = count('sent');
  result.digests.deferred = count('retry');
  result.digests.failed += count('failed');
  result.digests.ambiguous = count('ambiguous');
  const outcomes = Object.values(result.registries).map(({ outcome }) => outcome);
  const ok =
    !outcomes.some((outcome) => outcome === 'failed' || outcome === 'partial') &&
    result.digests.failed + result.digests.ambiguous === 0;
  if (ok) await callHeartbeat(context);
  return { result, reasons, ok };
}

/**
 * Sends the due mails, each at most once per call, and records the phases of digests. Waits for the rate of
 * destination domains: there may be no other round soon.
 */
async function sendAllDue(context: Context, phases: Map<number, Phase | null>): Promise<void> {
  const tried = new Set<number>();
  for (;;) {
    const due = (await listDueDeliveries(context.db, context.now(), sendBatch)).filter(
      ({ id }) => !tried.has(id),
    );
    if (due.length === 0) {
      const waitMs = await nextPacedMs(context.db, context.now());
      if (waitMs === null) return;
      await sleep(Math.min(waitMs, longestPauseMs));
      continue;
    }
    const queue = due.values();
    const sender = async () => {
      for (const { id, kind } of queue) {
        const { phase, isPaced } = await trySending(context, id);
        if (!isPaced) tried.add(id);
        if (kind === 'digest') phases.set(id, phase);
      }
    };
    await Promise.all(Array.from({ length: sendersAtOnce }, sender));
  }
}

/** Records that registries were polled outside a round: no later round may run as of an earlier instant. */
export async function noteClock({ db, now }: Context): Promise<void> {
  const at = now();
  const last = await readSetting(db, 'last-round-at');
  if (last === null || last < at) await writeSetting(db, 'last-round-at', at);
}

async function refuseEarlierClock(context: Context): Promise<void> {
  const now = context.now();
  const last = await readSetting(context.db, 'last-round-at');
  if (last !== null && now < last) {
    throw new TrialbellError(
      `The last round ran as of ${last}; a round cannot go back to ${now}. Give a later --as-of.`,
      {
        exitCode: 2,
      },
    );
  }
  await writeSetting(context.db, 'last-round-at', now);
}
