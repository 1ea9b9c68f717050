import type { Day, Instant } from '../../core/trial.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';

/**
 * The version of a registry's data: its timestamp as given, and the day up to which it reaches. `isStated` is
 * false for a registry that has no version: its data counts as today's, and is read each time.
 */
export type DataVersion = { timestamp: string; day: Day; isStated: boolean };

/**
 * The latest day that a registry's date can truthfully have at an instant: tomorrow, for clocks east of
 * Greenwich.
 */
export function latestDay(now: Instant): Day {
  return Temporal.PlainDate.from(now.slice(0, 10)).add({ days: 1 }).toString();
}

/**
 * Reads when a registry's data was last refreshed. A timestamp in the future counts as today's: a watermark
 * beyond today would skip real news (N4).
 */
export async function readDataVersion(context: Context, registry: Registry): Promise<DataVersion> {
  const today = context.now().slice(0, 10);
  const version = await registry.dataVersion();
  if (version === null) return { timestamp: `${today}T00:00:00`, day: today, isStated: false };
  const { timestamp, day } = version;
  return { timestamp, day: day <= latestDay(context.now()) ? day : today, isStated: true };
}
