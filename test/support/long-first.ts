import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, longest first, as measured in whole runs; to rank one wrongly costs seconds, no more. */
const longest = [
  'digests/year',
  'ops/runbook-queue',
  'e2e/torture',
  'ops/runbook-loss',
  'ingest/crash-points',
  'e2e/workers',
  'e2e/webhook-worker',
  'ops/alert-rules',
  'embedded-postgres/embedded',
  'embedded-postgres/embedded-backup',
  'ingest/border-and-store',
  'ops/runbook',
  'ops/documented',
  'ops/upgrading',
  'embedded-postgres/embedded-root',
  'delivery/spamassassin',
  'diff/diff-properties',
  'admin/admin-queues',
  'e2e/cli',
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
