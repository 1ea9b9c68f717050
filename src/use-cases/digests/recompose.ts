import { composeFor, howOf } from '../../core/digests/compose.ts';
import type { Digest } from '../../core/digests/digest.ts';
import { keepLinkNumbers } from '../../core/digests/stored-digest.ts';
import type { Tx } from '../../db/connect.ts';
import { loadDigestInputs } from '../../db/digests/digest-inputs.ts';
import {
  keepOnly,
  type PromisedDigest,
  replaceContent,
  selectDeliverable,
} from '../../db/digests/digests.ts';

/**
 * Composes a planned digest again from the news that its reader still wants and that nothing newer has
 * replaced, and stores the result. Null if nothing is left.
 */
export async function recompose(
  tx: Tx,
  { digestId, content, newerDigests }: PromisedDigest,
): Promise<Digest | null> {
  const { candidates, subscriptions } = await selectDeliverable(tx, digestId, newerDigests);
  const byId = new Map(subscriptions.map((subscription) => [subscription.id, subscription]));
  const how = howOf(content);
  const inputs = await loadDigestInputs(tx, candidates, byId);
  const { content: fresh, items } = composeFor(candidates, byId, inputs, how);
  const composed = fresh && keepLinkNumbers(fresh, content);
  await keepOnly(tx, digestId, composed ? items.map(({ changeId }) => changeId) : []);
  if (composed) await replaceContent(tx, digestId, composed);
  return composed;
}
