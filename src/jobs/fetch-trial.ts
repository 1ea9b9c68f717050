import { readRegistryState } from '../db/runs.ts';
import { TrialbellError } from '../errors.ts';
import type { Context } from './context.ts';
import { asOnlyReader, runReading } from './read-registry.ts';
import { storeRecords } from './store-records.ts';

/**
 * Reads one trial somebody looks for and stores it as a baseline, which tells nobody. False when the registry does not
 * know it. Throws a TrialbellError when the registry is away or read by another process just now.
 */
export async function fetchTrial(context: Context, registryId: string, id: string): Promise<boolean> {
  const registry = context.registries.get(registryId);
  if (!registry) return false;
  const record = await registry.trial(id);
  if (record === null) return false;
  const stored = await asOnlyReader(context, registry, async (lease) => {
    const { watermarkOn } = await readRegistryState(context.db, registry.id);
    const how = { kind: 'follow', dataTimestamp: null, lastDay: watermarkOn } as const;
    return runReading(context, registry, lease, how, async (run) => {
      await storeRecords(context.db, run, [record]);
      return { complete: async () => {} };
    });
  });
  if (stored === null) throw new TrialbellError(`Another process reads ${registry.name} now.`);
  return true;
}
