import type { ChangeFacts, DigestFacts } from '../../core/why/facts.ts';
import type { WhyQuestion } from '../../db/admin/why-changes.ts';
import { listItems, listWhyDigests, readTrialIds, type WhyDigest } from '../../db/admin/why-digests.ts';
import type { Tx } from '../../db/connect.ts';
import { recompose } from '../digests/recompose.ts';

/**
 * The digests that settle these changes, as they went out or as they would go out now. Composing one that waits again
 * writes to it: the transaction has to be rolled back.
 */
export async function loadDigestFacts(
  tx: Tx,
  { subscriberId, trialId }: WhyQuestion,
  changes: readonly ChangeFacts[],
): Promise<DigestFacts[]> {
  const ids = [...new Set(changes.flatMap(({ settled }) => settled?.digestId ?? []))];
  if (ids.length === 0) return [];
  const found: DigestFacts[] = [];
  for (const row of await listWhyDigests(tx, subscriberId, ids)) {
    const { digestId, dueAt, plannedAt, mail, bounces } = row;
    const content = isComposedAgain(row) ? await recompose(tx, row) : row.content;
    const items = await listItems(tx, digestId, trialId);
    const names = await readTrialIds(tx, trialId);
    const trial = content?.trials.find(
      ({ card }) => card.registry === names?.registry && names.ids.includes(card.id),
    );
    found.push({
      id: digestId,
      dueAt,
      plannedAt,
      items,
      reasons: trial?.reasons ?? [],
      mail: mail && { ...mail, bounces },
    });
  }
  return found;
}

/** As the sender decides before it makes a mail: a digest that was in doubt once goes out again unchanged. */
function isComposedAgain({ mail, isWanted, newerDigests }: WhyDigest): boolean {
  if (mail?.phase !== 'planned' && mail?.phase !== 'retry') return false;
  return !isWanted || newerDigests.length > 0;
}
