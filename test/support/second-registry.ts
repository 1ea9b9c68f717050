import type { Trial } from '../../src/core/trial.ts';
import { readRecordNow } from '../../src/jobs/ingest/fetch-trial.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';
import type { Registry } from '../../src/registries/registry.ts';
import type { World } from './world.ts';

/** The trial that a made-up study of ClinicalTrials.gov would be in another registry. */
export function trialElsewhere(raw: unknown, registry: string, id: string, over: Partial<Trial> = {}): Trial {
  const record = readRecord(raw, null);
  if (!record.ok) throw new Error(record.reason);
  return { ...record.trial, registry, id, aliases: [], secondaryIds: [], ...over };
}

/** A registry that holds these trials, beside the recorded one; it answers for single records only. */
export function registryOf({ registry }: World, id: string, trials: () => Trial[]): Registry {
  const recordOf = (trial: Trial) => ({ ok: true as const, trial, contacts: [], raw: { id: trial.id } });
  return {
    ...registry,
    id,
    name: id.toUpperCase(),
    findId: (text) => trials().find((trial) => text.includes(trial.id))?.id ?? null,
    recordUrl: (of) => `https://${id}.example/${of}`,
    trial: async (asked) => {
      const trial = trials().find((one) => one.id === asked || one.aliases.includes(asked));
      return trial ? recordOf(trial) : null;
    },
  };
}

/** Stores trials of another registry as its own reading would. */
export async function storeElsewhere(world: World, ...trials: Trial[]): Promise<void> {
  for (const trial of trials) {
    const registry = registryOf(world, trial.registry, () => trials);
    await readRecordNow(world.context, registry, trial.id);
  }
}
