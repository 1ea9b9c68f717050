import { addMs } from '../../core/instants.ts';
import { readRegistryState } from '../../db/ingest/runs.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import { TrialbellError } from '../../errors.ts';
import type { Context } from '../context.ts';
import { readDataVersion } from '../ingest/data-version.ts';
import { asOnlyReader } from '../ingest/run-reading.ts';
import { watchNewSubscriptions } from '../ingest/watch-subscriptions.ts';

const watchAgainMs = 60_000;

/**
 * Reads the baselines that active subscriptions wait for, so that they are watched. If another process is
 * reading a registry, which may miss subscriptions that began after it did, a request tries again in a
 * minute. If a registry is unavailable, its next round reads them.
 */
export async function watchSoon(context: Context): Promise<void> {
  if (await watchAtOnce(context)) return;
  const params = context.keys.encrypt('{}');
  await addRequest(context.db, { kind: 'watch', params, now: addMs(context.now(), watchAgainMs) });
}

/** False if another process is reading a registry. */
async function watchAtOnce(context: Context): Promise<boolean> {
  let isFree = true;
  for (const registry of context.registries.values()) {
    try {
      const done = await asOnlyReader(context, registry, async (lease) => {
        const data = await readDataVersion(context, registry);
        const { watermarkOn } = await readRegistryState(context.db, registry.id);
        await watchNewSubscriptions(context, registry, lease, data, watermarkOn);
        return true;
      });
      if (done === null) isFree = false;
    } catch (error) {
      if (!(error instanceof TrialbellError)) throw error;
      context.log.warn({ registry: registry.id, reason: error.message }, 'not yet watching');
    }
  }
  return isFree;
}
