import type { DataTime } from '../../core/age.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../../db/connect.ts';
import { readRegistryState } from '../../db/ingest/runs.ts';

/**
 * If changes have been held for this long, in milliseconds, digests say that they are being checked (C12).
 */
export const checkingAfterMs = 48 * 3_600_000;

/**
 * The registry that was read last, with the data's day and the reading time that a mail states; the times of
 * each if several are read.
 */
export async function dataTimeNow(
  db: Db | Tx,
  registries: readonly string[],
  now: Instant,
): Promise<DataTime & { registry: string }> {
  const states: { registry: string; watermarkOn: string | null; completedAt: Instant | null }[] = [];
  for (const registry of registries) states.push({ registry, ...(await readRegistryState(db, registry)) });
  const read = states.flatMap(({ registry, watermarkOn, completedAt }) =>
    completedAt === null
      ? []
      : { registry, dataDay: watermarkOn ?? completedAt.slice(0, 10), readAt: completedAt },
  );
  const [newest] = read.toSorted((a, b) => b.readAt.localeCompare(a.readAt));
  return {
    ...(newest ?? { registry: states[0]?.registry ?? '', dataDay: now.slice(0, 10), readAt: now }),
    ...(states.length > 1 ? { registryTimes: read } : {}),
  };
}
