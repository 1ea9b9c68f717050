import { sql } from 'kysely';
import { planDigests } from '../../src/jobs/digests/plan.ts';
import { withBenchApp } from './app.ts';
import { watchMemory } from './memory.ts';
import { fillReaders } from './readers.ts';

/** What planning everyone who is due took. Times in seconds. */
export type PlanningResult = {
  subscribers: number;
  digests: number;
  seconds: number;
  /** The raw join of subscriptions with what changed, counted and thrown away. */
  ceilingSeconds: number;
  peakMegabytes: number;
};

const now = '2026-11-20T15:00:00.000Z';

/** Plans the digests of `count` people who are due at once, with one change or more for nearly everyone. */
export function benchPlanning(count: number): Promise<PlanningResult> {
  return withBenchApp(
    {},
    () => now,
    async (app) => {
      await fillReaders(app, count, now);
      const { db } = app.context;
      const joiningAt = performance.now();
      await sql`select count(*), sum(length(c.change::text)) from subscriptions s
      cross join lateral unnest(s.topics) as t (topic) join topic_changes tc on tc.topic = t.topic and tc.position > s.position
      join changes c on c.position = tc.position and c.facet = any(s.facets)`.execute(db);
      const ceilingSeconds = (performance.now() - joiningAt) / 1000;
      const memory = watchMemory();
      const startedAt = performance.now();
      const { deliveryIds, failed } = await planDigests(app.context);
      const seconds = (performance.now() - startedAt) / 1000;
      if (failed > 0) throw new Error(`${failed} digests could not be planned`);
      return {
        subscribers: count,
        digests: deliveryIds.length,
        seconds,
        ceilingSeconds,
        peakMegabytes: memory.stop(),
      };
    },
  );
}
