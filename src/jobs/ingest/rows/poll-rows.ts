import { addMs } from '../../../core/instants.ts';
import { moveWatermark, readRegistryState } from '../../../db/ingest/runs.ts';
import type { Lease } from '../../../db/leases.ts';
import { readSetting, writeSetting } from '../../../db/settings.ts';
import type { Registry, RegistryRows } from '../../../registries/registry.ts';
import type { Context } from '../../context.ts';
import { readDataVersion } from '../data-version.ts';
import { addAny, type RunResult, runReading } from '../run-reading.ts';
import { watchNewSubscriptions } from '../watch-subscriptions.ts';
import { readBaselines } from './read-baselines.ts';
import { readChangedRows } from './read-rows.ts';

/** Half a day, less half an hour for early timers: a portal that publishes each night is read twice a day. */
const sweepEveryMs = 11.5 * 3_600_000;

/**
 * Polls a registry that only lists its trials (X4): first the baselines that new subscriptions wait for; then,
 * twice a day, the list of all trials, and the record of each whose row changed. A list that was cut short is
 * read again at the next poll. Null if nothing is due.
 */
export async function pollRows(
  context: Context,
  registry: Registry,
  listRows: () => Promise<RegistryRows>,
  lease: Lease,
): Promise<RunResult | null> {
  const now = context.now();
  const data = await readDataVersion(context, registry);
  const { watermarkOn } = await readRegistryState(context.db, registry.id);
  const name = `rows-read:${registry.id}`;
  const last = await readSetting(context.db, name);
  const isDue = last === null || last > now || addMs(last, sweepEveryMs) <= now;
  const results = [await watchNewSubscriptions(context, registry, lease, data, watermarkOn)];
  if (last !== null) results.push(await readBaselines(context, registry, lease, watermarkOn));
  if (isDue) results.push(await sweep());
  if (last === null) results.push(await readBaselines(context, registry, lease, watermarkOn));
  return addAny(...results);

  function sweep(): Promise<RunResult> {
    const how = { kind: 'poll', dataTimestamp: data.timestamp, lastDay: watermarkOn } as const;
    return runReading(context, registry, lease, how, async (run) => {
      const ending = await readChangedRows(context, run, listRows, last === null);
      return {
        ...ending,
        complete: async (tx) => {
          await ending.complete(tx);
          await moveWatermark(tx, registry.id, data, run.readAt);
          await writeSetting(tx, name, run.readAt);
        },
      };
    });
  }
}
