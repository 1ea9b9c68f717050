import { composeFor } from '../../core/digests/compose.ts';
import type { Digest } from '../../core/digests/digest.ts';
import type { Tx } from '../connect.ts';
import { loadDigestInputs } from './digest-inputs.ts';
import { keepOnly, replaceContent, selectDeliverable } from './digests.ts';

/** A promised digest as it stands, and the digests that were told since of the same trials and facets. */
export type PromisedDigest = { digestId: number; content: Digest; toldSince: number[] };

/**
 * Composes a promised digest anew from what its reader still wants and was not told newer news of, and writes it in the
 * place of the old one; null when that is nothing.
 */
export async function recompose(
  tx: Tx,
  { digestId, content, toldSince }: PromisedDigest,
): Promise<Digest | null> {
  const { candidates, subscriptions } = await selectDeliverable(tx, digestId, toldSince);
  const byId = new Map(subscriptions.map((subscription) => [subscription.id, subscription]));
  const { dataDay, readAt, composedAt, timezone, checking = false } = content;
  const how = { dataDay, readAt, timezone, now: composedAt, checking };
  const { content: composed, items } = composeFor(
    candidates,
    byId,
    await loadDigestInputs(tx, candidates, byId),
    how,
  );
  await keepOnly(tx, digestId, composed ? items.map(({ changeId }) => changeId) : []);
  if (composed) await replaceContent(tx, digestId, composed);
  return composed;
}
