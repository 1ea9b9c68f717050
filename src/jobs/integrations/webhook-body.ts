import { writeCursor } from '../../core/cursor.ts';
import type { Instant } from '../../core/trial.ts';
import { sentenceFor } from '../../core/wording/change-sentences.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { ReleasedPage } from '../../db/catalog/released-changes.ts';

/**
 * Writes a message about released changes: ids, kinds, the sentence and a link; never a contact's value
 * (P11). The API continues after them from `cursor`.
 */
export function writeWebhookBody(
  wording: Wording,
  page: ReleasedPage,
  { baseUrl, now }: { baseUrl: string; now: Instant },
): string {
  const base = baseUrl.replace(/\/+$/, '');
  const changes = page.changes.map((one) => ({
    id: one.id,
    trial: { registry: one.registry, id: one.registryId },
    version: one.version,
    facet: one.change.facet,
    kind: one.change.kind,
    sentence: sentenceFor(wording, one.change, one),
    releasedAt: one.releasedAt,
    url: `${base}/trials/${encodeURIComponent(one.registryId)}/changes/${one.id}`,
  }));
  const data = { changes, cursor: writeCursor(page.next) };
  return JSON.stringify({ type: 'changes.released', timestamp: now, data });
}
