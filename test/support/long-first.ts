import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, longest first, as measured in whole runs; to rank one wrongly costs seconds, no more. */
const longest = [
  'digests/year',
  'e2e/torture',
  'ops/runbook-queue',
  'e2e/demo',
  'ops/runbook',
  'ops/runbook-loss',
  'diff/diff-properties',
  'ingest/crash-points',
  'embedded-postgres/embedded',
  'e2e/workers',
  'e2e/webhook-worker',
  'ops/alert-rules',
  'ingest/border-and-store',
  'embedded-postgres/embedded-backup',
  'delivery/spamassassin',
  'embedded-postgres/embedded-root',
  'e2e/cli-usage',
  'ops/upgrading',
  'ops/documented',
  'e2e/cli',
  'e2e/story',
  'e2e/looks',
  'subscribers/manage',
  'admin/admin-queues',
  'ops/queue',
];

/** Starts the longest files first, so that no worker is left alone with one of them at the end. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
