import { composeFor } from '../../core/digests/compose.ts';
import type { Digest } from '../../core/digests/digest.ts';
import { addMs } from '../../core/instants.ts';
import type { Instant } from '../../core/trial.ts';
import type { Span } from '../../db/catalog/released-span.ts';
import type { Db } from '../../db/connect.ts';
import { loadDigestInputs } from '../../db/digests/digest-inputs.ts';
import { listChangedSince, listReportCandidates, readListedSubjects } from '../../db/digests/list-report.ts';
import { isHeldSince } from '../../db/ingest/holds.ts';
import { checkingAfterMs, dataTimeNow } from '../digests/data-time.ts';

/** Most changes that a report is made of. */
const changesAtMost = 2_000;

/** What changed on a list in a time, composed as a digest is, without any words. */
export type ReportContent = {
  /** Null if nothing changed, or all of it was taken back. */
  digest: Digest | null;
  /** Some changes have been held for a long time for an admin's decision (C12). */
  checking: boolean;
  /** The reasons of the list's owner, by the number of the entry that brought a trial. */
  reasons: Record<string, string>;
  /** The trials, by registry and number, whose records changed again after the time of the report. */
  changedAgain: string[];
};

/** The content of a report, from released changes only; `many` if there are too many for one report. */
export async function composeReport(
  { db, registries }: { db: Db; registries: readonly string[] },
  { listId, span, timezone }: { listId: number; span: Span; timezone: string },
  now: Instant,
): Promise<ReportContent | 'many'> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const candidates = await listReportCandidates(tx, listId, span, changesAtMost + 1);
      if (candidates.length > changesAtMost) return 'many';
      const subjects = await readListedSubjects(tx, listId);
      const follows = new Map(subjects.map((one) => [one.id, one]));
      const checking = await isHeldSince(tx, addMs(now, -checkingAfterMs));
      const material = await loadDigestInputs(tx, candidates, follows);
      const time = await dataTimeNow(tx, registries, now);
      const { content } = composeFor(candidates, follows, material, { ...time, now, timezone, checking });
      const trialIds = [...new Set(candidates.map(({ trialId }) => trialId))];
      return {
        digest: content,
        checking,
        reasons: Object.fromEntries(
          subjects.flatMap(({ id, reason }) => (reason === '' ? [] : [[String(id), reason] as const])),
        ),
        changedAgain: span.until === null ? [] : await listChangedSince(tx, trialIds, span.until),
      };
    });
}
