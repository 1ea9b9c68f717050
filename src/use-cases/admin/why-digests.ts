import type { ChangeFacts, DigestFacts } from '../../core/why/facts.ts';
import type { WhyQuestion } from '../../db/admin/why-changes.ts';
import { listItems, listWhyDigests, readTrialIds, type WhyDigest } from '../../db/admin/why-digests.ts';
import type { Tx } from '../../db/connect.ts';
import { recompose } from '../digests/recompose.ts';

/**
 * Loads the digests that settle these changes, as they were sent or would be sent now. Composing a waiting
 * digest again writes to it: the caller must roll the transaction back.
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

/**
 * Whether the sender would compose the digest again. After an attempt with unknown outcome, it is sent again
 * unchanged.
 */
function isComposedAgain({ mail, isWanted, newerDigests }: WhyDigest): boolean {
  if (mail?.phase !== 'planned' && mail?.phase !== 'retry') return false;
  return !isWanted || newerDigests.length > 0;
}
