import type { Context } from '../../src/jobs/context.ts';
import { asOnlyReader, runReading } from '../../src/jobs/ingest/run-reading.ts';
import type { Run } from '../../src/jobs/ingest/run-state.ts';
import type { Registry } from '../../src/registries/registry.ts';

/** Stores into a run of its own, as a reading of the registry would. */
export async function asReader(
  context: Context,
  registry: Registry,
  store: (run: Run) => Promise<void>,
): Promise<void> {
  await asOnlyReader(context, registry, (lease) =>
    runReading(
      context,
      registry,
      lease,
      { kind: 'import', dataTimestamp: null, lastDay: null },
      async (run) => {
        await store(run);
        return { complete: async () => {} };
      },
    ),
  );
}
