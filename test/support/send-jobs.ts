import type { Payload } from '../../src/queue/table.ts';

/** The deliveries that jobs of the queue `send` are about, if none between two of them is another's. */
export function deliveriesOf(jobs: readonly Payload<'send'>[]): number[] {
  return jobs.flatMap(({ deliveryId: from, through = from }) =>
    Array.from({ length: through - from + 1 }, (_, n) => from + n),
  );
}
