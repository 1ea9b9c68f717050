import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { Json } from '../../core/change.ts';
import { composeFor, howOf } from '../../core/digests/compose.ts';
import type { Digest } from '../../core/digests/digest.ts';
import {
  type Difference,
  type DigestComparison,
  differences,
  type PreviewedMail,
} from '../../core/digests/digest-preview.ts';
import { sameValue } from '../../core/digests/net-places.ts';
import type { Instant } from '../../core/trial.ts';
import { rollbackAlways } from '../../db/admin/rollback-always.ts';
import type { Tx } from '../../db/connect.ts';
import {
  findFirstSince,
  listStoredDigests,
  loadMaterialAsOf,
  loadSettled,
  type StoredDigest,
} from '../../db/digests/compare-digests.ts';
import type { Context } from '../context.ts';
import { renderPreview } from './preview-digest.ts';

const batchSize = 100;

/**
 * A stored digest with its mail, and the one that the present rules would make; null if they would make none.
 */
export type ComposedAgain = {
  digestId: number;
  isSame: boolean;
  stored: () => PreviewedMail;
  made: () => PreviewedMail | null;
};

/**
 * Composes again the digests promised since an instant, from the changes that each settled and the records of
 * that time, with the present rules and templates. Passes them to `use` one by one. Writes nothing. Returns
 * their number, and whether `atMost` limited it.
 */
export async function composeStored(
  context: Context,
  { since, atMost }: { since: Instant; atMost: number },
  use: (one: ComposedAgain) => void,
): Promise<{ digests: number; isCut: boolean }> {
  return rollbackAlways(context.db, async (tx) => {
    let digests = 0;
    let after = await findFirstSince(tx, since);
    if (after === null) return { digests, isCut: false };
    for (;;) {
      const limit = Math.min(batchSize, atMost - digests);
      const batch = await listStoredDigests(tx, since, { after, limit: limit + 1 });
      const taken = batch.slice(0, limit);
      for (const one of await composeBatch(context, tx, taken)) use(one);
      digests += taken.length;
      after = taken.at(-1)?.id ?? after;
      if (batch.length <= limit) return { digests, isCut: false };
      if (digests >= atMost) return { digests, isCut: true };
    }
  });
}

async function composeBatch(context: Context, tx: Tx, digests: StoredDigest[]): Promise<ComposedAgain[]> {
  const { candidates, follows } = await loadSettled(
    tx,
    digests.map(({ id }) => id),
  );
  const byDigest = Map.groupBy(candidates, ({ digestId }) => digestId);
  const made: ComposedAgain[] = [];
  for (const [plannedAt, ofInstant] of Map.groupBy(digests, (digest) => digest.plannedAt)) {
    const theirs = ofInstant.flatMap(({ id }) => byDigest.get(id) ?? []);
    const material = await loadMaterialAsOf(tx, theirs, plannedAt);
    for (const digest of ofInstant) {
      const how = howOf(digest.content);
      const { content } = composeFor(byDigest.get(digest.id) ?? [], follows, material, how);
      // Storing dropped undefined values and changed the order of keys.
      const isSame = content !== null && sameValue(toJson(content), toJson(digest.content));
      made.push({
        digestId: digest.id,
        isSame,
        stored: () => render(context, digest, digest.content),
        made: () => content && render(context, digest, content),
      });
    }
  }
  return made;
}

const toJson = (content: Digest): Json => JSON.parse(JSON.stringify(content));

function render(context: Context, digest: StoredDigest, content: Digest): PreviewedMail {
  const { id: digestId, subscriberId: id, lists } = digest;
  return renderPreview(context, { ...digest, id }, { digestId, content, lists });
}

/** Collects differences. Each digest counts once per kind; the first few of each kind are kept as samples. */
export function openComparison(samplesAtMost: number) {
  const kinds = Object.fromEntries(
    differences.map((kind) => [kind, { count: 0, samples: [] as { digestId: number; diff: string }[] }]),
  ) as DigestComparison['kinds'];
  let differing = 0;
  return {
    /** Adds a digest as it was and as it would be; null if there would be none. */
    add(digestId: number, before: PreviewedMail, after: PreviewedMail | null): void {
      const found = findDifferences(before, after);
      if (found.length > 0) differing += 1;
      for (const kind of found) {
        kinds[kind].count += 1;
        if (kinds[kind].samples.length >= samplesAtMost) continue;
        kinds[kind].samples.push({ digestId, diff: showDifference(digestId, kind, before, after) });
      }
    },
    result: (looked: { digests: number; isCut: boolean }): DigestComparison => ({
      ...looked,
      differing,
      kinds,
    }),
  };
}

function findDifferences(before: PreviewedMail, after: PreviewedMail | null): Difference[] {
  if (after === null) return ['gone'];
  const found: Difference[] = [];
  if (before.subject !== after.subject) found.push('subject');
  if (before.text !== after.text) found.push('text');
  else if (before.html !== after.html) found.push('html');
  return found;
}

function showDifference(
  digestId: number,
  kind: Difference,
  before: PreviewedMail,
  after: PreviewedMail | null,
): string {
  const part = kind === 'gone' ? 'text' : kind;
  const name = `digest ${digestId}, ${part}`;
  const withEnd = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  return createTwoFilesPatch(
    name,
    name,
    withEnd(before[part]),
    withEnd(after?.[part] ?? ''),
    'before',
    'now',
    { context: 2, headerOptions: FILE_HEADERS_ONLY },
  );
}

/** Compares the digests promised since an instant with those that the present rules would make. */
export async function compareDigests(
  context: Context,
  how: { since: Instant; atMost: number; samplesAtMost: number },
): Promise<DigestComparison> {
  const comparison = openComparison(how.samplesAtMost);
  const looked = await composeStored(context, how, ({ digestId, isSame, stored, made }) => {
    if (!isSame) comparison.add(digestId, stored(), made());
  });
  return comparison.result(looked);
}
