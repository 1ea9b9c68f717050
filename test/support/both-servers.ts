import { matchesGlob } from 'node:path';

/**
 * Test files to which servers make a difference: they run on both combinations. They are about the queue's store, about
 * acts that meet or are torn, about migrations and backups, and about processes. All other files run on the first
 * combination, and each of their statements is prepared on the second (test/statements).
 */
export const onBothServers = [
  'test/integration/admin/admin-queues.test.ts',
  'test/integration/delivery/{breaker,smtp-circuit,ledger*,rate-cap,send}.test.ts',
  'test/integration/digests/{immediate,plan,plan-batches,plan-cursors}.test.ts',
  'test/integration/ingest/{crash-points,held,import,poll,reconcile,store,store-pages,store-reading}.test.ts',
  'test/integration/integrations/webhooks.test.ts',
  'test/integration/maintenance/*.test.ts',
  'test/integration/ops/{doctor,enqueue-own,metrics,queue,runbook-queue,sweep,upgrading,world}.test.ts',
  'test/integration/subscribers/{confirm,erase,sign-up,subscribe,unsubscribe}.test.ts',
  'test/e2e/{admin-workings,bell,log-lines,torture,webhook-worker,workers}.test.ts',
];

/** Whether a test file, named from the project's folder, runs on both combinations. */
export function runsOnBothServers(file: string): boolean {
  return onBothServers.some((glob) => matchesGlob(file, glob));
}
